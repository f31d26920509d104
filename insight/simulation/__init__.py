"""One year of the country's queues, lived twice: with and without places shared over region borders."""
