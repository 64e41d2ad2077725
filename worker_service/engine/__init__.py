"""Our arq worker: claims jobs in batches, holds their leases while they run, settles them in batches."""
