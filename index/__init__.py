"""How a case is found: everything here is derived, and deleting it loses nothing."""
