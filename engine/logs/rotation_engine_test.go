package logs

import (
	"fmt"
	"testing"

	"github.com/docker/docker/api/types/container"
)

// The log is written so that the file it is in is turned over every few hundred lines, while it is followed and while it is not.
func TestALogThatIsTurnedOverWhileItIsFollowedIsReadWholeAndOnce(t *testing.T) {
	cli := shared(t)
	const all = 6000
	id := create(t, cli, fmt.Sprintf(`for i in $(seq %d); do echo "n $i"; [ $((i%%50)) = 0 ] && sleep 0.02; done; echo end; sleep 1000`, all),
		func(_ *container.Config, h *container.HostConfig) {
			h.LogConfig = container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "64k", "max-file": "20"}}
		})
	f := newTail(t, 100_000)
	f.run(cli, id)
	start(t, cli, id)
	until(t, "a third is read", func() bool { return len(f.texts(Stdout)) > all/3 })
	f.end()
	f.run(cli, id)
	f.has("end")
	f.end()
	if n := counted(t, f.texts(Stdout)); n != all || len(f.texts(Stdout)) != all+1 {
		t.Errorf("the last is %d, with %d lines", n, len(f.texts(Stdout)))
	}
}

// A hundred megabytes as fast as the engine takes them, into files that hold a twentieth of it.
func TestAContainerThatFloodsItsLogIsFollowedToItsEnd(t *testing.T) {
	cli := shared(t)
	id := create(t, cli, `yes "a line of a flood, about as long as those that a build tool writes when it is told to say all" | head -c 100000000; echo; echo end; sleep 1000`,
		func(_ *container.Config, h *container.HostConfig) {
			h.LogConfig = container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "5m", "max-file": "2"}}
		})
	ring := NewRing(MaxLines, MaxBytes, nil)
	f := &tail{t: t, ring: ring, Follower: NewFollower(ring)}
	f.run(cli, id)
	start(t, cli, id)
	until(t, "its end is read", func() bool {
		_, next, _ := ring.Since(^uint64(0), 0)
		last, _, _ := ring.Since(next-min(next, 3), 3)
		for _, line := range last {
			if line.Text == "end" {
				return true
			}
		}
		return false
	})
	f.end()
	if n, size := ring.Size(); n > MaxLines || size > MaxBytes || n == 0 {
		t.Errorf("%d lines with %d bytes are held", n, size)
	}
}

func TestAContainerThatWritesNothingHasAnEmptyLog(t *testing.T) {
	for name, change := range map[string]func(*container.Config, *container.HostConfig){
		"multiplexed": func(*container.Config, *container.HostConfig) {}, "terminal": tty,
	} {
		t.Run(name, func(t *testing.T) {
			cli := shared(t)
			id := create(t, cli, "exit 0", change)
			f := newTail(t, 100)
			f.run(cli, id)
			start(t, cli, id)
			f.has("container stopped (exit 0)")
			f.end()
			if all := f.texts(Stdout, Stderr); len(all) != 0 {
				t.Errorf("it has the lines %q", all)
			}
		})
	}
}
