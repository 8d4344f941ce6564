"""The benchmark of ink: how faithful, fast and readable it is."""
