"""The country's needs and places, column by column, as the arrays that the matching engines take."""
