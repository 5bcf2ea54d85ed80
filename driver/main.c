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

#include "compat.h"
#include "mmapdemo.h"

/* The parameters of the device's own buffer */
static char *size = "8192";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "bytes: decimal or 0x..., K or M (default 8192)");

static char *cache = "wb";
module_param(cache, charp, 0444);
MODULE_PARM_DESC(cache, "cache attribute: wb (default), wc or uc");

static char *backing = "kmalloc";
module_param(backing, charp, 0444);
MODULE_PARM_DESC(backing, MMAPDEMO_BACKING_NAMES " (default kmalloc)");

static char *populate = "now";
module_param(populate, charp, 0444);
MODULE_PARM_DESC(populate, "map pages now (default) or lazy, on touch");

static int mmapdemo_set_limit(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_ulong(val, kp);

	if (!ret)
		mmapdemo_limit_given = true;
	return ret;
}

static const struct kernel_param_ops mmapdemo_limit_ops = {
	.set = mmapdemo_set_limit,
	.get = param_get_ulong,
};

module_param_cb(limit_mb, &mmapdemo_limit_ops, &mmapdemo_limit_mb, 0644);
__MODULE_PARM_TYPE(limit_mb, "ulong");
MODULE_PARM_DESC(limit_mb, "MiB of all private buffers (default half of RAM)");

static struct mmapdemo_device mmapdemo_device = {
	.misc = {
		.minor = MISC_DYNAMIC_MINOR,
		.name = "mmapdemo",
		.mode = 0660,
	},
};

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
		pr_err("size=%.64s: not a number of bytes, must be decimal or 0x..., optionally followed by K or M\n",
		       size);
		return ret;
	}
	if (ret)
		spec->size = U64_MAX;
	spec->backing = mmapdemo_backing_by_name(backing);
	if (!spec->backing) {
		pr_err("backing=%.64s: unknown, must be " MMAPDEMO_BACKING_NAMES
		       "\n",
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
	struct mmapdemo_buffer *buffer;
	struct mmapdemo_spec spec = {};
	int ret;

	ret = mmapdemo_parse_spec(&spec);
	if (ret)
		return ret;
	ret = mmapdemo_check_spec(&spec);
	if (ret)
		return ret;

	buffer = mmapdemo_buffer_create(&spec);
	if (IS_ERR(buffer)) {
		ret = PTR_ERR(buffer);
		pr_err("size=%.64s: no buffer with cache=%s, backing=%s: error %d%s\n",
		       size, cache, backing, ret,
		       ret == -ENOMEM ? mmapdemo_memory_hint(&spec) : "");
		return ret;
	}
	mmapdemo_device.buffer = buffer;
	mmapdemo_device.misc.fops = mmapdemo_fops_of(buffer);
	return 0;
}

static int __init mmapdemo_init(void)
{
	int ret;

	if (mmapdemo_dcache_is_aliasing()) {
		pr_err("the data cache of this machine aliases: mappings of a page could disagree\n");
		return -EOPNOTSUPP;
	}
	mmapdemo_limit_init();
	mmapdemo_file_init();
	mmapdemo_dma_init();
	ret = mmapdemo_create_device_buffer();
	if (ret)
		goto err_dma;
	ret = misc_register(&mmapdemo_device.misc);
	if (ret) {
		pr_err("no device node: error %d\n", ret);
		goto err_buffer;
	}
	mmapdemo_buffers_init();
	return 0;

err_buffer:
	mmapdemo_buffer_release(mmapdemo_device.buffer);
	mmapdemo_pinned_exit();
err_dma:
	mmapdemo_dma_exit();
	return ret;
}

static void __exit mmapdemo_exit(void)
{
	mmapdemo_buffers_exit();
	misc_deregister(&mmapdemo_device.misc);
	mmapdemo_buffer_release(mmapdemo_device.buffer);
	mmapdemo_pinned_exit();
	mmapdemo_dma_exit();
}

module_init(mmapdemo_init);
module_exit(mmapdemo_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The mmapdemo authors");
MODULE_DESCRIPTION("Shares kernel memory with user space through mmap");
MODULE_VERSION("0.1.0");
