"""The collection as a whole: a map of meaning, a grid, a map of regions and a time line, by the present search."""
