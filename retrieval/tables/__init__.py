"""Questions to tables: counted, added up and compared exactly, and cited by the rows."""
