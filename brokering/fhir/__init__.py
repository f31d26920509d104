"""FHIR R4 (4.0.1), JSON only: the same questions, refusals and codes as the REST API."""
