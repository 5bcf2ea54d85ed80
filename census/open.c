// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: open KIND [COMMAND...]
 *
 * Opens a file that can only be mapped after it was set up, and passes its
 * descriptor on, as mmap-compliance expects it from a program. With COMMAND, it
 * becomes that command with the word fd:N added: an io_uring cannot be passed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/dma-heap.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/udmabuf.h>
#include <linux/vfio.h>
#include <linux/videodev2.h>
#include <sound/asound.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../selftests/descriptors.h"

#define SIZE 65536

static int must(int value, const char *what)
{
	if (value < 0)
		err(1, "%s", what);
	return value;
}

static int must_open(const char *path)
{
	return must(open(path, O_RDWR | O_CLOEXEC), path);
}

static int open_dma_heap(void)
{
	struct dma_heap_allocation_data data = {
		.len = SIZE,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	must(ioctl(must_open("/dev/dma_heap/system"), DMA_HEAP_IOCTL_ALLOC,
		   &data),
	     "DMA_HEAP_IOCTL_ALLOC");
	return data.fd;
}

static int open_udmabuf(void)
{
	int memory = memfd_create("udmabuf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct udmabuf_create create = { .memfd = memory, .size = SIZE };

	must(ftruncate(memory, SIZE), "ftruncate");
	must(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), "F_ADD_SEALS");
	return must(ioctl(must_open("/dev/udmabuf"), UDMABUF_CREATE, &create),
		    "UDMABUF_CREATE");
}

/* A dumb buffer of the first card, exported as a dma-buf, which is mapped at 0. */
static int open_dumb_buffer(void)
{
	int card = must_open("/dev/dri/card0");
	struct drm_mode_create_dumb create = {
		.width = 128,
		.height = 128,
		.bpp = 32,
	};
	struct drm_prime_handle prime = { .flags = DRM_CLOEXEC | DRM_RDWR };

	must(ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &create),
	     "DRM_IOCTL_MODE_CREATE_DUMB");
	prime.handle = create.handle;
	must(ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime),
	     "DRM_IOCTL_PRIME_HANDLE_TO_FD");
	return prime.fd;
}

/* The first buffer of a queue is at offset 0. */
static int open_video(void)
{
	int video = must_open("/dev/video0");
	struct v4l2_requestbuffers request = {
		.count = 1,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	must(ioctl(video, VIDIOC_REQBUFS, &request), "VIDIOC_REQBUFS");
	return video;
}

static void allow_access(struct snd_pcm_hw_params *params, unsigned int access)
{
	struct snd_mask *mask = &params->masks[SNDRV_PCM_HW_PARAM_ACCESS -
					       SNDRV_PCM_HW_PARAM_FIRST_MASK];

	memset(mask, 0, sizeof(*mask));
	mask->bits[0] = 1U << access;
}

/* The ring of samples is at offset 0 once the parameters are chosen. */
static int open_pcm(void)
{
	int pcm = must_open("/dev/snd/pcmC0D0p");
	struct snd_pcm_hw_params params;
	size_t i;

	memset(&params, 0, sizeof(params));
	memset(params.masks, 0xff, sizeof(params.masks));
	for (i = 0; i < sizeof(params.intervals) / sizeof(params.intervals[0]);
	     i++)
		params.intervals[i].max = UINT_MAX;
	params.rmask = ~0U;
	allow_access(&params, SNDRV_PCM_ACCESS_MMAP_INTERLEAVED);
	must(ioctl(pcm, SNDRV_PCM_IOCTL_HW_PARAMS, &params),
	     "SNDRV_PCM_IOCTL_HW_PARAMS");
	return pcm;
}

static int open_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};

	return must(syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			    PERF_FLAG_FD_CLOEXEC),
		    "perf_event_open");
}

static int open_io_uring(void)
{
	struct io_uring_params params = { 0 };

	return must(syscall(SYS_io_uring_setup, 64, &params), "io_uring_setup");
}

/* A ring can only be mapped as a whole, so it has one page. */
static int open_packet(void)
{
	int packet =
		must(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket");
	struct tpacket_req ring = {
		.tp_block_size = getpagesize(),
		.tp_block_nr = 1,
		.tp_frame_size = getpagesize(),
		.tp_frame_nr = 1,
	};

	must(setsockopt(packet, SOL_PACKET, PACKET_RX_RING, &ring,
			sizeof(ring)),
	     "PACKET_RX_RING");
	return packet;
}

static int open_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = SIZE / 8,
		.map_flags = BPF_F_MMAPABLE,
	};

	return must(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)),
		    "BPF_MAP_CREATE");
}

/* The number of the first group that vfio-pci has, or -1 */
static int vfio_group(void)
{
	DIR *groups = opendir("/dev/vfio");
	struct dirent *entry;
	int group = -1;

	while (group < 0 && groups && (entry = readdir(groups)))
		if (sscanf(entry->d_name, "%d", &group) != 1)
			group = -1;
	return group;
}

/* The first region of the device, at offset 0, is its memory. */
static int open_vfio(void)
{
	int container = must_open("/dev/vfio/vfio");
	char path[32];
	int group;

	snprintf(path, sizeof(path), "/dev/vfio/%d", vfio_group());
	group = must_open(path);
	must(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container),
	     "VFIO_GROUP_SET_CONTAINER");
	must(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU),
	     "VFIO_SET_IOMMU");
	return must(ioctl(group, VFIO_GROUP_GET_DEVICE_FD, getenv("DEVICE")),
		    "VFIO_GROUP_GET_DEVICE_FD");
}

static const struct {
	const char *name;
	int (*open)(void);
} kinds[] = {
	{ "bpf", open_bpf },	     { "dma-heap", open_dma_heap },
	{ "drm", open_dumb_buffer }, { "io_uring", open_io_uring },
	{ "packet", open_packet },   { "pcm", open_pcm },
	{ "perf", open_perf },	     { "udmabuf", open_udmabuf },
	{ "vfio", open_vfio },	     { "video", open_video },
};

static void become(char **argv, int argc, int fd)
{
	char **words = calloc(argc + 2, sizeof(*words)), name[32];

	snprintf(name, sizeof(name), "fd:%d", dup(fd));
	memcpy(words, argv, argc * sizeof(*words));
	words[argc] = name;
	execvp(words[0], words);
	err(1, "%s", words[0]);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name))
			continue;
		if (argc > 2)
			become(argv + 2, argc - 2, kinds[i].open());
		must(send_fd(STDIN_FILENO, kinds[i].open()), "standard input");
		return 0;
	}
	errx(2, "usage: open KIND [COMMAND...]");
}
