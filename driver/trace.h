/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: /sys/kernel/tracing/events/mmapdemo. Integer fields only, since
 * the string macros change between kernels. No kernel address, no pfn.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mmapdemo

#if !defined(_MMAPDEMO_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _MMAPDEMO_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(mmapdemo_buffer,
	TP_PROTO(u64 size, u32 backing, u32 cache),
	TP_ARGS(size, backing, cache),
	TP_STRUCT__entry(
		__field(u64, size)
		__field(u32, backing)
		__field(u32, cache)
	),
	TP_fast_assign(
		__entry->size = size;
		__entry->backing = backing;
		__entry->cache = cache;
	),
	TP_printk("size=%llu backing=%u cache=%u",
		  __entry->size, __entry->backing, __entry->cache)
);

DEFINE_EVENT(mmapdemo_buffer, mmapdemo_create,
	TP_PROTO(u64 size, u32 backing, u32 cache),
	TP_ARGS(size, backing, cache)
);

DEFINE_EVENT(mmapdemo_buffer, mmapdemo_destroy,
	TP_PROTO(u64 size, u32 backing, u32 cache),
	TP_ARGS(size, backing, cache)
);

TRACE_EVENT(mmapdemo_mmap,
	TP_PROTO(u64 start, u64 length, u64 pgoff, int ret),
	TP_ARGS(start, length, pgoff, ret),
	TP_STRUCT__entry(
		__field(u64, start)
		__field(u64, length)
		__field(u64, pgoff)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->start = start;
		__entry->length = length;
		__entry->pgoff = pgoff;
		__entry->ret = ret;
	),
	TP_printk("start=0x%llx length=%llu pgoff=%llu ret=%d",
		  __entry->start, __entry->length, __entry->pgoff,
		  __entry->ret)
);

TRACE_EVENT(mmapdemo_fault,
	TP_PROTO(u64 pgoff, u32 order, u32 flags, u32 ret),
	TP_ARGS(pgoff, order, flags, ret),
	TP_STRUCT__entry(
		__field(u64, pgoff)
		__field(u32, order)
		__field(u32, flags)
		__field(u32, ret)
	),
	TP_fast_assign(
		__entry->pgoff = pgoff;
		__entry->order = order;
		__entry->flags = flags;
		__entry->ret = ret;
	),
	TP_printk("pgoff=%llu order=%u flags=0x%x ret=0x%x",
		  __entry->pgoff, __entry->order, __entry->flags, __entry->ret)
);

TRACE_EVENT(mmapdemo_wait,
	TP_PROTO(u64 offset, u32 expected, int ret),
	TP_ARGS(offset, expected, ret),
	TP_STRUCT__entry(
		__field(u64, offset)
		__field(u32, expected)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->offset = offset;
		__entry->expected = expected;
		__entry->ret = ret;
	),
	TP_printk("offset=%llu expected=%u ret=%d",
		  __entry->offset, __entry->expected, __entry->ret)
);

TRACE_EVENT(mmapdemo_wake,
	TP_PROTO(u64 offset, u64 length, int woken),
	TP_ARGS(offset, length, woken),
	TP_STRUCT__entry(
		__field(u64, offset)
		__field(u64, length)
		__field(int, woken)
	),
	TP_fast_assign(
		__entry->offset = offset;
		__entry->length = length;
		__entry->woken = woken;
	),
	TP_printk("offset=%llu length=%llu woken=%d",
		  __entry->offset, __entry->length, __entry->woken)
);

TRACE_EVENT(mmapdemo_fill,
	TP_PROTO(u64 offset, u64 length, u64 pattern, int ret),
	TP_ARGS(offset, length, pattern, ret),
	TP_STRUCT__entry(
		__field(u64, offset)
		__field(u64, length)
		__field(u64, pattern)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->offset = offset;
		__entry->length = length;
		__entry->pattern = pattern;
		__entry->ret = ret;
	),
	TP_printk("offset=%llu length=%llu pattern=0x%llx ret=%d",
		  __entry->offset, __entry->length, __entry->pattern,
		  __entry->ret)
);

TRACE_EVENT(mmapdemo_checksum,
	TP_PROTO(u64 offset, u64 length, u32 crc, int ret),
	TP_ARGS(offset, length, crc, ret),
	TP_STRUCT__entry(
		__field(u64, offset)
		__field(u64, length)
		__field(u32, crc)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->offset = offset;
		__entry->length = length;
		__entry->crc = crc;
		__entry->ret = ret;
	),
	TP_printk("offset=%llu length=%llu crc=0x%08x ret=%d",
		  __entry->offset, __entry->length, __entry->crc,
		  __entry->ret)
);

#endif /* _MMAPDEMO_TRACE_H */

/* Found through the -I of Kbuild. This part must be outside the protection */
#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
