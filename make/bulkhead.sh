#!/bin/sh
# Run the bulkhead command, accepting an index outside pure memory where this machine offers nothing better.
set -eu

no_memory_folder() { ! grep -qs ' /dev/shm tmpfs ' /proc/mounts; }
swaps() { [ "$(grep -cs '^/' /proc/swaps)" -gt 0 ]; }

if [ -z "${BULKHEAD_ACCEPT_INDEX_ON_DISK:-}" ]; then
    if no_memory_folder; then
        reason="this machine has no memory-backed /dev/shm"
    elif swaps; then
        reason="this machine has swap on"
    fi
    if [ -n "${reason:-}" ]; then
        echo "Note: $reason, so vectors of awake tenants may reach its disk (BULKHEAD_ACCEPT_INDEX_ON_DISK=1)." >&2
        export BULKHEAD_ACCEPT_INDEX_ON_DISK=1
    fi
fi
exec .venv/bin/bulkhead "$@"
