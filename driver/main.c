// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mmapdemo: the module's parameters, the device's own buffer and the node.
 */
#include <linux/ctype.h>
#include <linux/init.h>
#include <linux/kstrtox.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "mmapdemo.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static char *size = "8192";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "bytes: decimal or 0x..., K or M (default 8192)");

static char *cache = "wb";
module_param(cache, charp, 0444);
MODULE_PARM_DESC(cache, "cache attribute: wb (default), wc or uc");

static char *backing = "kmalloc";
module_param(backing, charp, 0444);
MODULE_PARM_DESC(backing, "where its memory comes from: kmalloc (default)");

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
	size_t len = strlen(arg);
	unsigned int shift = len ? mmapdemo_suffix_shift(arg[len - 1]) : 0;
	bool hex = !strncasecmp(arg, "0x", 2);
	char digits[32];
	int ret;

	if (shift)
		len--;
	if (!len || len >= sizeof(digits) || !isxdigit(arg[0]) ||
	    !isxdigit(arg[len - 1]))
		return -EINVAL;
	memcpy(digits, arg, len);
	digits[len] = '\0';
	ret = kstrtou64(digits, hex ? 16 : 10, bytes);
	if (!ret && check_shl_overflow(*bytes, shift, bytes))
		ret = -ERANGE;
	return ret;
}

static int mmapdemo_check_size(const struct mmapdemo_backing_ops *ops,
			       u64 *bytes)
{
	int ret = mmapdemo_parse_size(size, bytes);

	if (ret == -EINVAL) {
		pr_err("size=%.64s: not a number of bytes, must be decimal or 0x..., with K or M behind it or not\n",
		       size);
		return -EINVAL;
	}
	if (ret || !*bytes || *bytes > ops->max_size) {
		pr_err("size=%.64s: must be 1 to %zu bytes with backing=%s\n",
		       size, ops->max_size, ops->name);
		return -EINVAL;
	}
	return 0;
}

static int mmapdemo_check_cache(const struct mmapdemo_backing_ops *ops)
{
	int attr = mmapdemo_cache_by_name(cache);
	const char *why;

	if (attr < 0) {
		pr_err("cache=%.64s: unknown, must be wb, wc or uc\n", cache);
		return attr;
	}
	why = ops->refusal(attr);
	if (why) {
		pr_err("cache=%s: not possible with backing=%s: %s\n", cache,
		       ops->name, why);
		return -EOPNOTSUPP;
	}
	return attr;
}

static int __init mmapdemo_create_device_buffer(void)
{
	const struct mmapdemo_backing_ops *ops;
	u64 bytes;
	int ret;

	ops = mmapdemo_backing_by_name(backing);
	if (!ops) {
		pr_err("backing=%.64s: unknown, must be kmalloc\n", backing);
		return -EINVAL;
	}
	ret = mmapdemo_check_size(ops, &bytes);
	if (ret)
		return ret;
	ret = mmapdemo_check_cache(ops);
	if (ret < 0)
		return ret;

	device_buffer = mmapdemo_buffer_create(bytes, ops, ret);
	if (IS_ERR(device_buffer)) {
		ret = PTR_ERR(device_buffer);
		pr_err("size=%.64s: no buffer with cache=%s, backing=%s: error %d\n",
		       size, cache, ops->name, ret);
		return ret;
	}
	return 0;
}

static struct miscdevice mmapdemo_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mmapdemo",
	.fops = &mmapdemo_fops,
	.mode = 0660,
};

static int __init mmapdemo_init(void)
{
	int ret;

	ret = mmapdemo_create_device_buffer();
	if (ret)
		return ret;

	ret = misc_register(&mmapdemo_misc);
	if (ret) {
		pr_err("no device node: error %d\n", ret);
		mmapdemo_buffer_put(device_buffer);
	}
	return ret;
}

static void __exit mmapdemo_exit(void)
{
	misc_deregister(&mmapdemo_misc);
	mmapdemo_buffer_put(device_buffer);
}

module_init(mmapdemo_init);
module_exit(mmapdemo_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The mmapdemo authors");
MODULE_DESCRIPTION("Shares kernel memory with user space through mmap");
MODULE_VERSION("0.1.0");
