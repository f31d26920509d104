"""How rows are read and written where it must be quick: statements that the server keeps prepared."""
