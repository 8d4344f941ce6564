"""Handwritten digits from a GAN: seeds and latents in, images and files out."""

__version__ = "0.1.0"
