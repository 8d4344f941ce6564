// A small multilayer perceptron with its gradients, and Adam: all that a two-dimensional GAN needs.

const SLOPE = 0.2; // of the leaky rectifier, below 0

/** Fully connected layers with leaky rectifiers between them. Batches are flat arrays, row after row. */
export class Network {
  /**
   * @param {number[]} sizes units of each layer, from input to output
   * @param {() => number} gaussian standard normal numbers, for the first weights (He et al., 2015)
   */
  constructor(sizes, gaussian) {
    this.sizes = sizes;
    const shapes = sizes.slice(1).map((n, i) => ({ n, m: sizes[i] }));
    const length = shapes.reduce((sum, { n, m }) => sum + n * m + n, 0);
    this.weights = new Float64Array(length);
    this.gradient = new Float64Array(length);
    let at = 0;
    /** Where each layer's matrix (n rows of m) and its n biases lie among all weights. */
    this.layers = shapes.map(({ n, m }) => {
      const layer = { n, m, matrix: at, bias: at + n * m };
      for (let i = 0; i < n * m; i++) this.weights[at + i] = gaussian() * Math.sqrt(2 / m);
      at += n * m + n;
      return layer;
    });
    /** @type {Float64Array[]} of the last `forward`: the input, then each layer's output */
    this.outputs = [];
  }

  /**
   * Returns the outputs for a batch, and keeps what `backward` and `penalise` need.
   *
   * @param {Float64Array} inputs
   */
  forward(inputs) {
    const n = inputs.length / this.sizes[0];
    this.outputs = [inputs];
    this.layers.forEach((layer, l) => {
      const sums = this.#sums(this.outputs[l], layer, n, true);
      if (l < this.layers.length - 1) {
        for (let i = 0; i < sums.length; i++) if (sums[i] < 0) sums[i] *= SLOPE;
      }
      this.outputs.push(sums);
    });
    return this.outputs[this.layers.length];
  }

  /**
   * Returns the gradient with respect to the inputs of the last `forward`, and adds that of the weights to `gradient`.
   *
   * @param {Float64Array} slopes the gradient with respect to the outputs
   * @param {boolean} [forWeights] whether the weights' gradient is needed too
   */
  backward(slopes, forWeights = true) {
    let sums = slopes;
    for (let l = this.layers.length - 1; ; l--) {
      if (forWeights) this.#gather(sums, this.outputs[l], this.layers[l], true);
      const inputs = this.#back(sums, this.layers[l]);
      if (l === 0) return inputs;
      bend(inputs, this.outputs[l]);
      sums = inputs;
    }
  }

  /**
   * Forgets all but the first rows of the last `forward`.
   *
   * @param {number} n rows
   */
  keep(n) {
    this.outputs = this.outputs.map((output, l) => output.subarray(0, n * this.sizes[l]));
  }

  /**
   * Returns the R1 penalty of the batch of the last `forward`, and adds its exact gradient to `gradient`.
   *
   * The penalty is `weight / 2` times the mean squared length of the output's gradient with respect to the input
   * (Mescheder et al., 2018). Its own gradient is that of the derivative along this gradient, held constant. Between
   * the kinks of the rectifiers the network is linear, so the slopes themselves do not change, and one pass forward with
   * tangents and one back through them give it exactly.
   *
   * @param {number} weight
   */
  penalise(weight) {
    const last = this.layers.length - 1;
    const n = this.outputs[last + 1].length;
    const along = this.backward(new Float64Array(n).fill(1), false);
    let squares = 0;
    for (let i = 0; i < along.length; i++) {
      squares += along[i] * along[i];
      along[i] *= weight / n;
    }
    const tangents = [along]; // of each layer's output
    this.layers.forEach((layer, l) => {
      const sums = this.#sums(tangents[l], layer, n, false);
      if (l < last) bend(sums, this.outputs[l + 1]);
      tangents.push(sums);
    });
    let slopes = new Float64Array(n).fill(1); // of the derivative, with respect to the tangents of the sums
    for (let l = last; ; l--) {
      this.#gather(slopes, tangents[l], this.layers[l], false);
      if (l === 0) break;
      slopes = this.#back(slopes, this.layers[l]);
      bend(slopes, this.outputs[l]);
    }
    return (weight / 2) * (squares / n);
  }

  /**
   * @param {Float64Array} inputs
   * @param {{ n: number, m: number, matrix: number, bias: number }} layer
   * @param {number} rows
   * @param {boolean} isBiased
   */
  #sums(inputs, { n, m, matrix, bias }, rows, isBiased) {
    const { weights } = this;
    const sums = new Float64Array(rows * n);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < n; unit++) {
        let sum = isBiased ? weights[bias + unit] : 0;
        const from = row * m;
        const line = matrix + unit * m;
        for (let i = 0; i < m; i++) sum += weights[line + i] * inputs[from + i];
        sums[row * n + unit] = sum;
      }
    }
    return sums;
  }

  /**
   * Returns the gradient with respect to a layer's inputs.
   *
   * @param {Float64Array} slopes with respect to its sums
   * @param {{ n: number, m: number, matrix: number }} layer
   */
  #back(slopes, { n, m, matrix }) {
    const { weights } = this;
    const rows = slopes.length / n;
    const back = new Float64Array(rows * m);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < n; unit++) {
        const slope = slopes[row * n + unit];
        if (slope === 0) continue;
        const to = row * m;
        const line = matrix + unit * m;
        for (let i = 0; i < m; i++) back[to + i] += slope * weights[line + i];
      }
    }
    return back;
  }

  /**
   * Adds the gradient of a layer's weights.
   *
   * @param {Float64Array} slopes with respect to its sums
   * @param {Float64Array} inputs
   * @param {{ n: number, m: number, matrix: number, bias: number }} layer
   * @param {boolean} isBiased
   */
  #gather(slopes, inputs, { n, m, matrix, bias }, isBiased) {
    const { gradient } = this;
    const rows = slopes.length / n;
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < n; unit++) {
        const slope = slopes[row * n + unit];
        if (slope === 0) continue;
        if (isBiased) gradient[bias + unit] += slope;
        const from = row * m;
        const line = matrix + unit * m;
        for (let i = 0; i < m; i++) gradient[line + i] += slope * inputs[from + i];
      }
    }
  }
}

/**
 * Multiplies values, in place, by the slopes of the rectifiers that gave these outputs.
 *
 * @param {Float64Array} values
 * @param {Float64Array} outputs
 */
function bend(values, outputs) {
  for (let i = 0; i < values.length; i++) if (outputs[i] < 0) values[i] *= SLOPE;
}

/** Adam (Kingma and Ba, 2015) over the weights of one network. */
export class Adam {
  /**
   * @param {Network} network
   * @param {number} [momentum] beta 1; GANs take less than the usual 0.9
   * @param {number} [memory] beta 2
   */
  constructor(network, momentum = 0.5, memory = 0.99) {
    this.network = network;
    this.momentum = momentum;
    this.memory = memory;
    this.means = new Float64Array(network.weights.length);
    this.squares = new Float64Array(network.weights.length);
    this.nSteps = 0;
  }

  /**
   * Takes one step against the network's gradient, and clears it.
   *
   * @param {number} rate
   */
  step(rate) {
    const { means, squares, momentum, memory } = this;
    const { weights, gradient } = this.network;
    this.nSteps++;
    const fromMean = 1 - momentum ** this.nSteps;
    const fromSquare = 1 - memory ** this.nSteps;
    for (let i = 0; i < weights.length; i++) {
      means[i] = momentum * means[i] + (1 - momentum) * gradient[i];
      squares[i] = memory * squares[i] + (1 - memory) * gradient[i] * gradient[i];
      weights[i] -= (rate * (means[i] / fromMean)) / (Math.sqrt(squares[i] / fromSquare) + 1e-8);
    }
    gradient.fill(0);
  }
}
