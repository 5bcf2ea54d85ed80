// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits the mistake that the parameter bug= names, once, while it is loaded.
 * For scripts/test-debug-kernels, which wants to see each of them found; never load it on a
 * machine that is to live on.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

static char *bug = "";
module_param(bug, charp, 0);

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static DEFINE_SPINLOCK(spin);

static void use_after_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	*(volatile char *)p = 1;
}

static void out_of_bounds(void)
{
	char *p = kmalloc(60, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	*(volatile char *)(p + 60) = 1;
	kfree(p);
}

static void out_of_bounds_vmalloc(void)
{
	char *p = vmalloc(100);

	OPTIMIZER_HIDE_VAR(p);
	*(volatile char *)(p + 100) = 1;
	vfree(p);
}

static void double_free(void)
{
	char *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
}

/* More than one, since the address of one may still lie on some stack */
static void leak(void)
{
	char *p;
	int i;

	for (i = 0; i < 8; i++) {
		p = kmalloc(64, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(p);
		p[0] = 1;
	}
}

static void leak_of_a_page(void)
{
	alloc_page(GFP_KERNEL);
}

/* As user space does through a mapping that is left, which KASAN does not see */
static noinline void __no_sanitize_address store_unseen(char *p)
{
	*(volatile char *)p = 1;
}

/* The next to ask gets it, and the kernel looks at it then */
static void store_into_a_free_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	char *p = page_address(page);

	__free_page(page);
	store_unseen(p);
	__free_page(alloc_page(GFP_KERNEL));
}

static void never_called(struct timer_list *timer)
{
}

static void free_of_a_pending_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	timer_setup(timer, never_called, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	kfree(timer);
}

static void list_corruption(void)
{
	LIST_HEAD(head);
	LIST_HEAD(entry);

	list_add(&entry, &head);
	list_add(&entry, &head);
}

static void shift(void)
{
	volatile int bits = 40;
	volatile int word = 1;

	word = word << bits;
}

static void array_index(void)
{
	static int array[4];
	volatile int i = 4;

	array[i] = 1;
	barrier_data(array);
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	msleep(1);
	spin_unlock(&spin);
}

static void lock_order(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);

	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void lock_kept(void)
{
	mutex_lock(&a);
}

static void rcu(void)
{
	static int *pointer;

	(void)rcu_dereference(pointer);
}

static unsigned long shared;

static int add_to_shared(void *unused)
{
	while (!kthread_should_stop()) {
		shared++;
		cond_resched();
	}
	return 0;
}

static void race(void)
{
	struct task_struct *one = kthread_run(add_to_shared, NULL, "one");
	struct task_struct *two = kthread_run(add_to_shared, NULL, "two");

	msleep(2000);
	kthread_stop(one);
	kthread_stop(two);
}

static const struct {
	const char *name;
	void (*commit)(void);
} bugs[] = {
	{ "use_after_free", use_after_free },
	{ "out_of_bounds", out_of_bounds },
	{ "out_of_bounds_vmalloc", out_of_bounds_vmalloc },
	{ "double_free", double_free },
	{ "leak", leak },
	{ "leak_of_a_page", leak_of_a_page },
	{ "store_into_a_free_page", store_into_a_free_page },
	{ "free_of_a_pending_timer", free_of_a_pending_timer },
	{ "list_corruption", list_corruption },
	{ "shift", shift },
	{ "array_index", array_index },
	{ "sleep_in_atomic", sleep_in_atomic },
	{ "lock_order", lock_order },
	{ "lock_kept", lock_kept },
	{ "rcu", rcu },
	{ "race", race },
};

static int __init bugs_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		if (!strcmp(bugs[i].name, bug)) {
			bugs[i].commit();
			return 0;
		}
	return -EINVAL;
}

static void __exit bugs_exit(void)
{
}

module_init(bugs_init);
module_exit(bugs_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Mistakes for a debug kernel to find");
