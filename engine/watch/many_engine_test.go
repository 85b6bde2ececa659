package watch

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"

	"berth/engine/enginetest"
)

// Of five hundred containers fifty get another name every second, for half a minute. In the end what is shown is what is there.
func TestFiveHundredContainersOfWhichFiftyChangeEverySecondAreSeenAsTheyAre(t *testing.T) {
	enginetest.Slow(t)
	const all, aSecond, seconds, hands = 500, 50, 30, 8
	cli := negotiated(t, enginetest.Shared(t).Client)
	w := New(nil)
	background(t, func(ctx context.Context) error { return w.Run(ctx, cli) })
	until(t, "the first list", w.Listed)
	name := enginetest.Name(t)
	ids := make([]string, all)
	t.Cleanup(func() { // one after another it would take too long
		var g errgroup.Group
		g.SetLimit(hands)
		for _, id := range ids {
			g.Go(func() error {
				if id == "" {
					return nil
				}
				return cli.ContainerRemove(context.Background(), id, container.RemoveOptions{Force: true})
			})
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	})
	begun := time.Now()
	var g errgroup.Group
	g.SetLimit(hands)
	for i := range ids { // half of them Berth's
		g.Go(func() error {
			labels := map[string]string{}
			if i%2 == 0 {
				labels[labelSandbox] = "x"
			}
			made, err := cli.ContainerCreate(t.Context(), &container.Config{Image: enginetest.BaseImage, Cmd: []string{"true"}, Labels: labels},
				&container.HostConfig{NetworkMode: "none"}, nil, nil, fmt.Sprintf("%s-%03d", name, i))
			ids[i] = made.ID
			return err
		})
	}
	ok(t, g.Wait())
	t.Logf("%d containers in %v", all, time.Since(begun).Round(time.Millisecond))

	begun = time.Now()
	tick := time.NewTicker(time.Second / aSecond)
	defer tick.Stop()
	for n := range aSecond * seconds {
		<-tick.C
		g.Go(func() error {
			return cli.ContainerRename(t.Context(), ids[n%all], fmt.Sprintf("%s-%03d-%d", name, n%all, n/all))
		})
	}
	ok(t, g.Wait())
	took := time.Since(begun)
	t.Logf("%d renames in %v", aSecond*seconds, took.Round(time.Millisecond))
	if took > 2*seconds*time.Second {
		t.Errorf("the engine took %v: it was never given %d a second", took, aSecond)
	}

	begun = time.Now()
	there := named(t, cli, name)
	if len(there) != all {
		t.Fatalf("there are %d containers", len(there))
	}
	until(t, "what is shown to be what is there", func() bool {
		shown := map[string]string{}
		for _, c := range w.Containers() {
			if strings.HasPrefix(c.Name, name) {
				shown[c.ID] = c.Name + " " + c.Status
			}
		}
		return maps.Equal(shown, there)
	})
	t.Logf("all are shown %v after the last", time.Since(begun).Round(time.Millisecond))
}

// named are the names and states, by their ids, of the containers whose names begin with a text.
func named(t testing.TB, cli *client.Client, name string) map[string]string {
	t.Helper()
	list, err := cli.ContainerList(t.Context(), container.ListOptions{All: true})
	ok(t, err)
	got := map[string]string{}
	for _, c := range list {
		if len(c.Names) > 0 && strings.HasPrefix(c.Names[0], "/"+name) {
			got[c.ID] = strings.TrimPrefix(c.Names[0], "/") + " " + c.State
		}
	}
	return got
}
