"""Values of every kind of item: read from typed words exactly or refused, held against limits, and said again."""
