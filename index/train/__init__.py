"""Makes the bundled model: `python -m index.train`. Searching needs nothing of it but `text`, to read the glossary."""
