// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mmapdemo: the module's parameters, the device's own buffer and the node.
 */
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "mmapdemo.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Of the device's own buffer */
static char *size = "8192";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "bytes: decimal or 0x..., K or M (default 8192)");

static char *cache = "wb";
module_param(cache, charp, 0444);
MODULE_PARM_DESC(cache, "cache attribute: wb (default), wc or uc");

static char *backing = "kmalloc";
module_param(backing, charp, 0444);
MODULE_PARM_DESC(backing, "kmalloc (default), vmalloc, shmem or dma");

static char *populate = "now";
module_param(populate, charp, 0444);
MODULE_PARM_DESC(populate, "map pages now (default) or lazy, on touch");

module_param_named(limit_mb, mmapdemo_limit_mb, ulong, 0644);
MODULE_PARM_DESC(limit_mb, "MiB of all private buffers (default half of RAM)");

/* Set before the node appears, put after it is gone: needs no lock */
static struct mmapdemo_buffer *device_buffer;

struct mmapdemo_buffer *mmapdemo_device_buffer(void)
{
	return mmapdemo_buffer_get(device_buffer);
}

static unsigned int mmapdemo_suffix_shift(char c)
{
	switch (c) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	default:
		return 0;
	}
}

/* Neither memparse(), which wraps silently, nor base 0, where 010 is eight */
static int mmapdemo_parse_size(const char *arg, u64 *bytes)
{
	bool hex = !strncasecmp(arg, "0x", 2);
	const char *first = hex ? arg + 2 : arg;
	size_t len = strlen(first);
	unsigned int shift = len ? mmapdemo_suffix_shift(first[len - 1]) : 0;
	char digits[24];
	int ret;

	if (shift)
		len--;
	if (!len ||
	    strspn(first, hex ? "0123456789abcdefABCDEF" : "0123456789") < len)
		return -EINVAL;
	for (; len > 1 && *first == '0'; len--)
		first++;
	if (len >= sizeof(digits))
		return -ERANGE;
	strscpy(digits, first, len + 1);
	ret = kstrtou64(digits, hex ? 16 : 10, bytes);
	if (!ret && check_shl_overflow(*bytes, shift, bytes))
		ret = -ERANGE;
	return ret;
}

static int mmapdemo_parse_spec(struct mmapdemo_spec *spec)
{
	int attr = mmapdemo_cache_by_name(cache);
	int ret = mmapdemo_parse_size(size, &spec->size);

	if (ret == -EINVAL) {
		pr_err("size=%.64s: not a number of bytes, must be decimal or 0x..., with K or M behind it or not\n",
		       size);
		return ret;
	}
	if (ret)
		spec->size = U64_MAX;
	spec->backing = mmapdemo_backing_by_name(backing);
	if (!spec->backing) {
		pr_err("backing=%.64s: unknown, must be kmalloc, vmalloc, shmem or dma\n",
		       backing);
		return -EINVAL;
	}
	if (attr < 0) {
		pr_err("cache=%.64s: unknown, must be wb, wc or uc\n", cache);
		return attr;
	}
	spec->cache = attr;
	spec->lazy = !strcmp(populate, "lazy");
	if (!spec->lazy && strcmp(populate, "now")) {
		pr_err("populate=%.64s: unknown, must be now or lazy\n",
		       populate);
		return -EINVAL;
	}
	return 0;
}

static int mmapdemo_check_spec(const struct mmapdemo_spec *spec)
{
	const char *why;
	int ret = mmapdemo_spec_check(spec, &why);

	if (ret == -EINVAL)
		pr_err("size=%.64s: must be 1 to %zu bytes with backing=%s\n",
		       size, spec->backing->max_size, backing);
	else if (ret)
		pr_err("cache=%s: not possible with backing=%s, populate=%s: %s\n",
		       cache, backing, populate, why);
	return ret;
}

static const char *mmapdemo_memory_hint(const struct mmapdemo_spec *spec)
{
	return spec->backing->cost ?
		       ", not that much memory is free in one piece; backing=vmalloc needs none" :
		       ", not that much memory is free; use a smaller size";
}

static int __init mmapdemo_create_device_buffer(void)
{
	struct mmapdemo_spec spec = {};
	int ret;

	ret = mmapdemo_parse_spec(&spec);
	if (ret)
		return ret;
	ret = mmapdemo_check_spec(&spec);
	if (ret)
		return ret;

	device_buffer = mmapdemo_buffer_create(&spec);
	if (IS_ERR(device_buffer)) {
		ret = PTR_ERR(device_buffer);
		pr_err("size=%.64s: no buffer with cache=%s, backing=%s: error %d%s\n",
		       size, cache, backing, ret,
		       ret == -ENOMEM ? mmapdemo_memory_hint(&spec) : "");
		return ret;
	}
	return 0;
}

static struct miscdevice mmapdemo_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mmapdemo",
	.mode = 0660,
};

static int __init mmapdemo_init(void)
{
	int ret;

	if (!mmapdemo_limit_mb)
		mmapdemo_limit_mb = totalram_pages() >> (20 - PAGE_SHIFT) >> 1;

	ret = mmapdemo_dma_init();
	if (ret) {
		pr_err("no device for backing=dma: error %d\n", ret);
		return ret;
	}
	ret = mmapdemo_create_device_buffer();
	if (ret)
		goto err_dma;

	mmapdemo_misc.fops = mmapdemo_file_operations(device_buffer);
	ret = misc_register(&mmapdemo_misc);
	if (ret) {
		pr_err("no device node: error %d\n", ret);
		goto err_buffer;
	}
	return 0;

err_buffer:
	mmapdemo_buffer_put(device_buffer);
err_dma:
	mmapdemo_dma_exit();
	return ret;
}

static void __exit mmapdemo_exit(void)
{
	misc_deregister(&mmapdemo_misc);
	mmapdemo_buffer_put(device_buffer);
	mmapdemo_dma_exit();
}

module_init(mmapdemo_init);
module_exit(mmapdemo_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The mmapdemo authors");
MODULE_DESCRIPTION("Shares kernel memory with user space through mmap");
MODULE_VERSION("0.1.0");
