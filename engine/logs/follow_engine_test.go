package logs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"
	"github.com/google/go-cmp/cmp"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// tail is a follower that reads in the background.
type tail struct {
	t    testing.TB
	ring *Ring
	*Follower
	stop context.CancelFunc
	done chan error
}

func newTail(t testing.TB, lines int) *tail {
	ring := NewRing(lines, 64<<20, nil)
	return &tail{t: t, ring: ring, Follower: NewFollower(ring)}
}

// run starts to follow; the end of the test ends it.
func (f *tail) run(cli *client.Client, id string) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	f.stop, f.done = stop, done
	go func() { done <- f.Run(ctx, cli, id) }()
	f.t.Cleanup(func() { stop() })
}

// wait gives what Run returned.
func (f *tail) wait() error {
	f.t.Helper()
	select {
	case err := <-f.done:
		return err
	case <-time.After(60 * time.Second):
		f.t.Fatal("Run does not end")
		return nil
	}
}

// end stops following and waits for it.
func (f *tail) end() {
	f.t.Helper()
	f.stop()
	if err := f.wait(); !errors.Is(err, context.Canceled) {
		f.t.Errorf("a cancelled Run returned %v", err)
	}
}

// texts are all lines of a stream.
func (f *tail) texts(streams ...Stream) []string {
	all, _, _ := f.ring.Since(0, 1<<30)
	var texts []string
	for _, line := range all {
		if slices.Contains(streams, line.Stream) {
			texts = append(texts, line.Text)
		}
	}
	return texts
}

// has waits for a line.
func (f *tail) has(text string) {
	f.t.Helper()
	until(f.t, "there is a line "+text, func() bool { return slices.Contains(f.texts(Stdout, Stderr, Meta), text) })
}

// counted checks that the lines "n 1", "n 2" ... of each run come once and in order, and gives the last number.
func counted(t testing.TB, texts []string) int {
	t.Helper()
	last := 0
	for _, text := range texts {
		var n int
		if _, err := fmt.Sscanf(text, "n %d", &n); err != nil {
			continue
		}
		if n != last+1 && n != 1 {
			t.Fatalf("%d comes after %d", n, last)
		}
		last = n
	}
	return last
}

func tty(c *container.Config, _ *container.HostConfig) { c.Tty = true }

func TestAFinishedContainersLogIsReadWhole(t *testing.T) {
	const script = `head -c 90000 /dev/zero | tr '\0' a; echo; echo short; head -c 16384 /dev/zero | tr '\0' b; echo; echo
printf 'bad \377 byte\n'; printf '10%%\r20%%\n'; head -c 10000000 /dev/zero | tr '\0' c; echo; printf 'no end'; exit 7`
	want := []string{
		repeat("a", 90000), "short", repeat("b", 16384), "", "bad \ufffd byte", "10%\r20%",
		"1 MiB of c, and that it was cut", "no end", "container stopped (exit 7)", "container removed",
	}
	cli := shared(t)
	for name, change := range map[string]func(*container.Config, *container.HostConfig){
		"multiplexed": func(*container.Config, *container.HostConfig) {}, "terminal": tty,
	} {
		t.Run(name, func(t *testing.T) {
			for _, live := range []bool{false, true} {
				id := create(t, cli, script, change)
				f := newTail(t, 1000)
				if live {
					f.run(cli, id)
				}
				start(t, cli, id)
				if !live {
					until(t, "the container ended", func() bool {
						c, err := cli.ContainerInspect(t.Context(), id)
						return err == nil && c.State.Status == "exited"
					})
					f.run(cli, id)
				}
				f.has("container stopped (exit 7)")
				if err := cli.ContainerRemove(t.Context(), id, container.RemoveOptions{}); err != nil {
					t.Fatal(err)
				}
				if err := f.wait(); err != nil {
					t.Errorf("Run of a removed container: %v", err)
				}
				got := f.texts(Stdout, Stderr, Meta)
				for i, text := range got {
					if n := strings.Count(text, "c"); n > maxLine*9/10 && n <= maxLine && strings.HasSuffix(text, "bytes not kept]") {
						got[i] = "1 MiB of c, and that it was cut"
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("live %v: %.2000s", live, diff)
				}
			}
		})
	}
}

func TestFollowingGoesOnThroughARestartOfTheContainer(t *testing.T) {
	cli := shared(t)
	const script = `trap 'printf "going"; exit 5' TERM; for i in $(seq 200); do echo "n $i"; done; echo err >&2; echo ready; while :; do sleep 0.05; done`
	for name, change := range map[string]func(*container.Config, *container.HostConfig){
		"multiplexed": func(*container.Config, *container.HostConfig) {}, "terminal": tty,
	} {
		t.Run(name, func(t *testing.T) {
			id := create(t, cli, script, change)
			start(t, cli, id)
			f := newTail(t, 10_000)
			f.run(cli, id)
			f.has("ready")
			if err := cli.ContainerRestart(t.Context(), id, container.StopOptions{}); err != nil {
				t.Fatal(err)
			}
			until(t, "the second run is read", func() bool { return len(f.texts(Stdout)) >= 403 })
			if err := cli.ContainerStop(t.Context(), id, container.StopOptions{}); err != nil {
				t.Fatal(err)
			}
			until(t, "the second stop is told", func() bool { return len(f.texts(Meta)) >= 3 })
			f.end()
			start(t, cli, id) // while nobody follows
			f.run(cli, id)
			until(t, "the third run is read", func() bool { return len(f.texts(Stdout)) >= 605 })
			f.end()
			counted(t, f.texts(Stdout))
			if diff := cmp.Diff([]string{
				"container stopped (exit 5)", "container started", "container stopped (exit 5)",
				"container started",
			}, f.texts(Meta)); diff != "" {
				t.Error(diff)
			}
			if out := f.texts(Stdout); strings.Join(out[200:203], "|") != "ready|going|n 1" && strings.Join(out[200:204], "|") != "err|ready|going|n 1" {
				t.Errorf("around the restart: %q", out[198:206])
			}
		})
	}
}

func TestEveryRunOfARestartingContainerIsRead(t *testing.T) {
	cli := shared(t)
	id := create(t, cli, `for i in $(seq 50); do echo "n $i"; done; exit 3`, func(_ *container.Config, h *container.HostConfig) {
		h.RestartPolicy = container.RestartPolicy{Name: "on-failure", MaximumRetryCount: 4}
	})
	f := newTail(t, 10_000)
	f.run(cli, id)
	start(t, cli, id)
	until(t, "all runs are read", func() bool { return len(f.texts(Stdout)) >= 250 })
	until(t, "all ends are told", func() bool {
		return strings.Count(strings.Join(f.texts(Meta), "|"), "container stopped (exit 3)") == 5
	})
	f.end()
	if counted(t, f.texts(Stdout)); len(f.texts(Stdout)) != 250 {
		t.Errorf("%d lines of 250", len(f.texts(Stdout)))
	}
}

func TestAnotherContainerContinuesTheSameLog(t *testing.T) {
	cli := shared(t)
	f := newTail(t, 100)
	for i := range 2 {
		id := create(t, cli, fmt.Sprintf("echo from %d; sleep 100", i))
		start(t, cli, id)
		f.run(cli, id)
		f.has(fmt.Sprint("from ", i))
		f.end()
	}
	got := f.texts(Stdout, Meta)
	if len(got) != 3 || !strings.HasPrefix(got[1], "new container ") {
		t.Errorf("got %q", got)
	}
}

func TestTheFirstReadingIsBounded(t *testing.T) {
	cli := shared(t)
	id := create(t, cli, `for i in $(seq 5000); do echo "n $i"; done; echo end; sleep 100`)
	start(t, cli, id)
	waiting := newTail(t, 10_000)
	waiting.run(cli, id)
	waiting.has("end")
	waiting.end()
	f := newTail(t, 100)
	f.run(cli, id)
	f.has("end")
	f.end()
	if _, next, _ := f.ring.Since(0, 1000); next != 100 {
		t.Errorf("%d lines were read into a ring of 100", next)
	}
	if counted(t, waiting.texts(Stdout)) != 5000 {
		t.Error("the large ring lacks lines")
	}
}

func TestALogThatIsNotKeptSaysSo(t *testing.T) {
	cli := shared(t)
	id := create(t, cli, "echo hi; sleep 100", func(_ *container.Config, h *container.HostConfig) {
		h.LogConfig = container.LogConfig{Type: "none"}
	})
	start(t, cli, id)
	f := newTail(t, 100)
	f.run(cli, id)
	f.has(`this container's log cannot be read: its log driver is "none"`)
	f.end()
	f.run(cli, id)
	if err := cli.ContainerRemove(t.Context(), id, container.RemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if err := f.wait(); err != nil || len(f.texts(Meta)) != 2 {
		t.Errorf("Run returned %v, remarks %q", err, f.texts(Meta))
	}
}

func TestAContainerThatDoesNotExistEndsTheFollowing(t *testing.T) {
	if err := newTail(t, 10).Run(t.Context(), shared(t), strings.Repeat("0", 64)); err != nil {
		t.Error(err)
	}
}

func TestManyShortFollowingsAreAsGoodAsOne(t *testing.T) {
	cli := shared(t)
	id := create(t, cli, `for i in $(seq 20000); do echo "n $i"; [ $((i%50)) = 0 ] && echo "e $i" >&2; done; echo end; sleep 100`)
	start(t, cli, id)
	f := newTail(t, 100_000)
	for n := 0; n < 25 && !slices.Contains(f.texts(Stdout), "end"); n++ {
		f.run(cli, id)
		seen, _ := f.ring.Size()
		until(t, "there is more", func() bool {
			now, _ := f.ring.Size()
			return now > seen || slices.Contains(f.texts(Stdout), "end")
		})
		f.end()
	}
	f.run(cli, id)
	f.has("end")
	until(t, "all of stderr is read", func() bool { return len(f.texts(Stderr)) >= 400 })
	f.end()
	if n := counted(t, f.texts(Stdout)); n != 20000 || len(f.texts(Stdout)) != 20001 || len(f.texts(Stderr)) != 400 {
		t.Errorf("last %d, %d lines on stdout, %d on stderr", n, len(f.texts(Stdout)), len(f.texts(Stderr)))
	}
}

func TestFollowingSurvivesAKilledEngine(t *testing.T) {
	enginetest.Slow(t)
	e := private(t)
	id := create(t, e.Client, `i=0; while :; do i=$((i+1)); echo "n $i"; [ $((i%100)) = 0 ] && sleep 0.02; done`,
		func(_ *container.Config, h *container.HostConfig) {
			h.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyAlways}
		})
	start(t, e.Client, id)
	f := newTail(t, 1_000_000)
	f.run(e.Client, id)
	for kills := range 2 {
		seen := len(f.texts(Stdout))
		until(t, "lines flow", func() bool { n, _ := f.ring.Size(); return n > seen+2000 })
		e.Kill()
		err := f.wait()
		var known *fault.Error
		if !errors.As(err, &known) || !errors.Is(err, fault.Network) {
			t.Fatalf("a killed engine ends Run with %v", err)
		}
		e.Start()
		f.run(e.Client, id)
		until(t, "the new run is told", func() bool { return len(f.texts(Meta)) == 2*(kills+1) })
	}
	seen := len(f.texts(Stdout))
	until(t, "lines flow again", func() bool { n, _ := f.ring.Size(); return n > seen+2000 })
	if err := e.Client.ContainerStop(t.Context(), id, container.StopOptions{}); err != nil {
		t.Fatal(err)
	}
	until(t, "the stop is told", func() bool {
		m := f.texts(Meta)
		return len(m) > 0 && m[len(m)-1] == "container stopped (exit 137)"
	})
	f.end()
	// What the engine itself holds is the measure: a killed one loses what it had read and not yet written.
	body, err := e.Client.ContainerLogs(t.Context(), id, container.LogsOptions{ShowStdout: true, ShowStderr: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	var whole strings.Builder
	if _, err := stdcopy.StdCopy(&whole, &whole, body); err != nil {
		t.Fatal(err)
	}
	got, want := f.texts(Stdout), strings.Split(strings.TrimSuffix(whole.String(), "\n"), "\n")
	if !slices.Equal(got, want) {
		t.Errorf("followed %d lines, the engine's log has %d", len(got), len(want))
	}
	t.Logf("%d lines; remarks %q", len(got), f.texts(Meta))
}
