package image

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/task"
)

// The engine joins them, and each is shown to its end.
func TestTwoPullsOfOneImageBothEndWithIt(t *testing.T) {
	onDockerAndPodman(t, func(t *testing.T, cli *client.Client) {
		ref := slowImage(t)
		forget(t, cli, ref)
		var got [2]Image
		var both [2]*task.Task
		for i := range both {
			both[i] = running(t, func(ctx context.Context, own *task.Task) (err error) {
				got[i], err = Pull(ctx, cli, own, PullOptions{References: []string{ref}, Policy: quick, DockerConfig: t.TempDir()})
				return err
			})
		}
		for i, one := range both {
			<-one.Done()
			if v := one.View(); v.Err != nil || v.Progress != 1 {
				t.Errorf("pull %d: progress %v, %v", i, v.Progress, v.Err)
			}
		}
		if got[0].ID == "" || got[0].ID != got[1].ID {
			t.Errorf("they end with %+v", got)
		}
	})
}

func TestOneOfTwoPullsThatIsCancelledDoesNotTakeTheOtherAlong(t *testing.T) {
	e := enginetest.Shared(t)
	ref := slowImage(t)
	forget(t, e.Client, ref)
	pulling := func() *task.Task {
		return running(t, func(ctx context.Context, own *task.Task) error {
			_, err := Pull(ctx, e.Client, own, PullOptions{References: []string{ref}, Policy: quick, DockerConfig: t.TempDir()})
			return err
		})
	}
	first, second := pulling(), pulling()
	await(t, t.Context(), "both downloads are under way", func() bool { return first.View().Current > 0 && second.View().Current > 0 })
	first.Cancel()
	<-first.Done()
	<-second.Done()
	if first, second := first.View(), second.View(); !errors.Is(first.Err, fault.Cancelled) || second.Err != nil {
		t.Errorf("the cancelled one ends with %v, the other with %v", first.Err, second.Err)
	}
}

func TestAnImageIsPulledByItsDigest(t *testing.T) {
	onDockerAndPodman(t, func(t *testing.T, cli *client.Client) {
		repository := enginetest.Registry(t) + "/" + enginetest.Name(t)
		enginetest.PushLayers(t, repository+":1", 2, 1000)
		one, tagged := pull(t, cli, PullOptions{References: []string{repository + ":1"}})
		if err := one.View().Err; err != nil || !strings.HasPrefix(tagged.Digest, "sha256:") {
			t.Fatalf("%+v, %v", tagged, err)
		}
		enginetest.PushLayers(t, repository+":1", 2, 1000) // the tag is another image now
		ref := repository + "@" + tagged.Digest
		one, got := pull(t, cli, PullOptions{References: []string{ref}})
		if err := one.View().Err; err != nil || got.ID != tagged.ID || got.Reference != ref {
			t.Errorf("got %+v, want %s: %v", got, tagged.ID, err)
		}
		one, _ = pull(t, cli, PullOptions{References: []string{repository + "@sha256:" + strings.Repeat("0", 64)}, Policy: task.Policy{Attempts: 1}})
		wantKind(t, one.View().Err, fault.ImageNotFound)
	})
}
