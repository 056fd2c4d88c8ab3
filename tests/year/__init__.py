"""A retail pharmacy lived through day by day: all its packs, its staff as people are, and what must hold at the end."""
