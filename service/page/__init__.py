"""The documents of the page for people: a shell, the views in it, and their words."""
