package logs

import (
	"testing"

	"github.com/docker/docker/api/types/container"
)

// BenchmarkFollow reads a log of a million lines from the engine into a ring; compare with `docker logs -t ID >/dev/null`,
// which only copies it.
func BenchmarkFollow(b *testing.B) {
	cli := shared(b)
	id := create(b, cli, `seq -f 'line %.0f, about as long as the lines that opencode writes are' 1000000`)
	start(b, cli, id)
	wait, failed := cli.ContainerWait(b.Context(), id, container.WaitConditionNotRunning)
	select {
	case <-wait:
	case err := <-failed:
		b.Fatal(err)
	}
	for b.Loop() {
		ring := NewRing(2_000_000, 1<<30, nil)
		f := &tail{t: b, ring: ring, Follower: NewFollower(ring)}
		f.run(cli, id)
		until(b, "all is read", func() bool { n, _ := f.ring.Size(); return n == 1_000_001 })
		f.end()
	}
}
