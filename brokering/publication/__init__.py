"""The country's times as SMART Scheduling Links: what anyone may fetch, as FHIR R4 resources, a line each."""
