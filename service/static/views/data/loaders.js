// Programs that load a data set from its address, as people load data sets: each runs as it stands.

/**
 * What a program loads.
 *
 * @typedef {object} DataSet
 * @property {string} address
 * @property {boolean} isColour whether its images are in colour, which MNIST's format has no room for
 * @property {boolean} needsKey whether the service requires a key, which then is in the environment
 */

/**
 * @typedef {object} Loader
 * @property {string} id
 * @property {string} name
 * @property {string} needs what must be installed
 * @property {string} address of what is loaded
 * @property {string} program in Python
 */

const KEY = `opener = urllib.request.build_opener()
opener.addheaders = [("x-api-key", os.environ["DIGITGAN_KEY"])]
urllib.request.install_opener(opener)
`;

/** The names of all loaders, in the order in which they are offered. */
export const LOADERS = ["pytorch", "torchvision", "datasets", "polars", "duckdb", "numpy"];
const OF_MNIST = ["pytorch", "torchvision"]; // which read MNIST's files
const WITH_KEY = ["torchvision", "numpy"]; // which fetch by urllib, and so send the key

/**
 * Returns the loaders that can load a data set.
 *
 * @param {DataSet} set
 * @returns {Loader[]}
 */
export function loadersOf({ address, isColour, needsKey }) {
  const parquet = `${address}/data.parquet`;
  const [imports, key] = needsKey ? ["import os\nimport urllib.request", `\n${KEY}`] : ["import urllib.request", ""];
  const all = [
    {
      id: "pytorch",
      name: "PyTorch",
      needs: "pip install digitgan torch",
      address,
      program: `import digitgan
from torch.utils.data import DataLoader

digits = digitgan.stream("${address}", shuffle=1)
for images, labels in DataLoader(digits, batch_size=100):
    print(tuple(images.shape), labels[:10].tolist())  # one step of a training
`,
    },
    {
      id: "torchvision",
      name: "torchvision",
      needs: "pip install torchvision",
      address: `${address}/train-images-idx3-ubyte`,
      program: `${needsKey ? imports : "import os\nimport urllib.request"}

from torchvision.datasets import MNIST
${key}
address = "${address}"
os.makedirs("data/MNIST/raw", exist_ok=True)
for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
    urllib.request.urlretrieve(f"{address}/{name}-ubyte", f"data/MNIST/raw/{name}-ubyte")
train, test = MNIST("data", train=True), MNIST("data", train=False)
image, label = train[0]
print(len(train), len(test), image.size, label)
`,
    },
    {
      id: "datasets",
      name: "Hugging Face",
      needs: "pip install datasets aiohttp pillow",
      address: parquet,
      program: `from datasets import load_dataset

data = load_dataset("parquet", data_files="${parquet}", split="train")
print(len(data), data.features["label"].names, data[0]["image"].size)
`,
    },
    {
      id: "polars",
      name: "polars",
      needs: "pip install polars",
      address: parquet,
      program: `import polars as pl

table = pl.scan_parquet("${parquet}")
print(table.group_by("label").len().sort("label").collect())
`,
    },
    {
      id: "duckdb",
      name: "DuckDB",
      needs: "pip install duckdb",
      address: parquet,
      program: `import duckdb

file = "${parquet}"
print(duckdb.sql(f"SELECT label, count(*) AS images FROM '{file}' GROUP BY label ORDER BY label"))
`,
    },
    {
      id: "numpy",
      name: "NumPy",
      needs: "pip install numpy",
      address: `${address}/images.npy`,
      program: `import io
${imports}

import numpy as np
${key}
address = "${address}"
images, labels = (
    np.load(io.BytesIO(urllib.request.urlopen(f"{address}/{name}.npy").read())) for name in ("images", "labels")
)
print(images.shape, labels[:10].tolist())
`,
    },
  ];
  return all.filter(({ id }) => !(isColour && OF_MNIST.includes(id)) && (!needsKey || WITH_KEY.includes(id)));
}
