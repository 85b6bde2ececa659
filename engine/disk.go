package engine

import (
	"context"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"

	"berth/engine/diagnose"
	"berth/engine/fault"
	"berth/engine/task"
)

// byKind is the first API version whose engine counts one kind of things when it is asked for that; an older one counts all.
const byKind = "1.42"

// countDisk asks the engine what it keeps, one kind after the other, so that it shows how far it is, and can be cancelled in
// between also where the engine itself goes on counting.
func countDisk(ctx context.Context, cli *client.Client, t *task.Task) (*diagnose.Disk, error) {
	kinds := []struct {
		kind  types.DiskUsageObject
		label string
	}{
		{types.ImageObject, "Images"}, {types.ContainerObject, "Containers"}, {types.VolumeObject, "Volumes"}, {types.BuildCacheObject, "Build cache"},
	}
	disk := &diagnose.Disk{}
	if versions.LessThan(cli.ClientVersion(), byKind) {
		step := t.Step("all", "Images, containers, volumes")
		step.Begin("counting")
		got, err := cli.DiskUsage(ctx, types.DiskUsageOptions{})
		if err != nil {
			return nil, fault.From("measure the engine's disk", err)
		}
		take(disk, got)
		step.Done("counted")
		return disk, nil
	}
	for _, k := range kinds {
		t.Step(string(k.kind), k.label)
	}
	var all types.DiskUsage
	for _, k := range kinds {
		step := t.Step(string(k.kind), k.label)
		step.Begin("counting")
		got, err := cli.DiskUsage(ctx, types.DiskUsageOptions{Types: []types.DiskUsageObject{k.kind}})
		if err != nil {
			return nil, fault.From("measure the engine's disk", err)
		}
		switch k.kind {
		case types.ImageObject:
			all.Images, all.LayersSize = got.Images, got.LayersSize
		case types.ContainerObject:
			all.Containers = got.Containers
		case types.VolumeObject:
			all.Volumes = got.Volumes
		default:
			all.BuildCache = got.BuildCache
		}
		step.Done("counted")
	}
	take(disk, all)
	return disk, nil
}

// take sums up what the engine listed, as docker system df does.
func take(d *diagnose.Disk, got types.DiskUsage) {
	d.Images.Count, d.Images.Bytes = len(got.Images), got.LayersSize
	var used int64
	for _, i := range got.Images {
		if i.Containers > 0 && i.SharedSize >= 0 {
			used += i.Size - i.SharedSize
		} else if i.Containers > 0 {
			used += i.Size
		}
		if got.LayersSize == 0 { // Podman 4 leaves the sum out
			d.Images.Bytes += i.Size
		}
	}
	d.Images.Reclaimable = max(0, d.Images.Bytes-used)
	for _, c := range got.Containers {
		d.Containers.Count++
		d.Containers.Bytes += c.SizeRw
		if c.State != "running" && c.State != "paused" {
			d.Containers.Reclaimable += c.SizeRw
		}
	}
	for _, v := range got.Volumes {
		d.Volumes.Count++
		if v.UsageData == nil || v.UsageData.Size < 0 { // the engine could not tell
			continue
		}
		d.Volumes.Bytes += v.UsageData.Size
		if v.UsageData.RefCount == 0 {
			d.Volumes.Reclaimable += v.UsageData.Size
		}
	}
	for _, b := range got.BuildCache {
		d.Builds.Count++
		if b.Shared {
			continue // counted with the images
		}
		d.Builds.Bytes += b.Size
		if !b.InUse {
			d.Builds.Reclaimable += b.Size
		}
	}
}
