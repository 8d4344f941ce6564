"""The benchmark of hands: how near, how alike and how fast a picture comes back, and what is refused."""
