"""What a case is: types, vocabularies, rules and the store of record."""
