"""Handwritten digits from a GAN: seeds and latents in, images and files out."""

__version__ = "1.0.0"
