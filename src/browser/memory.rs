//! The allocator. The standard one is made for large heaps and would be the largest single thing in the module; a
//! session holds some hundred small values at a time, among which a free list is found quickly enough.

use lol_alloc::{FreeListAllocator, LockedAllocator};

#[global_allocator]
static MEMORY: LockedAllocator<FreeListAllocator> = LockedAllocator::new(FreeListAllocator::new());
