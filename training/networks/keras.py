"""Keras's initial weights and normalisation, where PyTorch's defaults differ."""

from torch import nn

BATCH_NORM_EPS = 1e-3  # PyTorch's default is 1e-5


def initialise(network: nn.Module) -> None:
    """Give every linear layer and convolution Glorot-uniform kernels and zero biases.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010),
    equation 16.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
