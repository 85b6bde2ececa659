package image

import (
	"context"
	"testing"
	"time"

	"github.com/docker/docker/client"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
)

func TestACancelledPullEndsTheEnginesDownload(t *testing.T) {
	onDockerAndPodman(t, func(t *testing.T, cli *client.Client) {
		const layers, each = 4, 5_000_000
		registry := enginetest.Registry(t)
		name := enginetest.Name(t)
		enginetest.PushLayers(t, registry+"/"+name+":1", layers, each)
		slow := enginetest.Proxy(t, "tcp", registry)
		slow.Delay(40 * time.Millisecond) // of each piece of at most 32 KiB: a connection gets no more than 0.8 MB in a second
		ref := slow.Addr() + "/" + name + ":1"
		forget(t, cli, ref)
		one := running(t, func(ctx context.Context, own *task.Task) error {
			_, err := Pull(ctx, cli, own, PullOptions{References: []string{ref}, Policy: quick, DockerConfig: t.TempDir()})
			return err
		})
		await(t, t.Context(), "the download is under way", func() bool { return slow.Passed() > each/4 })
		one.Cancel()
		<-one.Done()
		if kind := fault.KindOf(one.View().Err); kind != fault.Cancelled {
			t.Errorf("it ended as %s", kind)
		}
		before, since := slow.Passed(), time.Now()
		await(t, t.Context(), "nothing is fetched for two seconds", func() bool {
			if now := slow.Passed(); now != before {
				before, since = now, time.Now()
			}
			return time.Since(since) > 2*time.Second
		})
		if before > layers*each/2 {
			t.Errorf("%d of %d bytes were fetched", before, layers*each)
		}
	})
}
