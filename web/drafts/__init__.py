"""Drafts and proposals as their authors see them: the form, its help, and what becomes of two who write at once."""
