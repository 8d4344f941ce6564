"""The HTTP service: everything that speaks HTTP, and nothing else."""
