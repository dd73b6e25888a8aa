"""The faces: browser, API and terminal."""
