"""The Five Safes RO-Crate library: read, check, record, write, verify. No Django, no database, no network.

Profile: Five Safes RO-Crate 0.4 (https://w3id.org/5s-crate/0.4), RO-Crate 1.2, BagIt 1.0 (RFC 8493).
"""
