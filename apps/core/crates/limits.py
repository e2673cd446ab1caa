from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds that hold whatever a file claims of itself. Sizes in bytes."""

    upload_bytes: int = 512 * MEGABYTE
    unpacked_bytes: int = 2048 * MEGABYTE
    members: int = 20_000
    directory_bytes: int = 16 * MEGABYTE
    ratio: int = 100
    ratio_from_bytes: int = 10 * MEGABYTE
    depth: int = 20
    segment_bytes: int = 255
    tag_file_bytes: int = 8 * MEGABYTE
    metadata_bytes: int = 16 * MEGABYTE
    json_depth: int = 64
    json_values: int = 500_000
    entities: int = 20_000
    list_values: int = 1000
    text_characters: int = 100_000
    number_digits: int = 100
    identifier_characters: int = 2048
    own_hosts: frozenset[str] = frozenset()  # or host:port; they may stand on a private address
