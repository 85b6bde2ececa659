package logs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-cmp/cmp"

	"berth/engine/enginetest"
)

// patience is told to each stop: Podman 4.3 kills at once a container that was created without a stop timeout.
var patience = container.StopOptions{Timeout: func() *int { n := 10; return &n }()}

var stray = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ `)

// Podman cuts lines at other places, stamps each part by itself and only to the second, and ends streams differently.
func TestPodmansLogIsReadWholeAndOnce(t *testing.T) {
	const script = `trap 'exit 5' TERM; head -c 90000 /dev/zero | tr '\0' a; echo; for i in $(seq 500); do echo "n $i"; done; printf 'bad \377 byte\n\n'; echo ready; while :; do sleep 0.05; done`
	for name, change := range map[string]func(*container.Config, *container.HostConfig){
		"multiplexed": func(*container.Config, *container.HostConfig) {}, "terminal": tty,
	} {
		t.Run(name, func(t *testing.T) {
			cli := enginetest.Podman(t).Client
			id := create(t, cli, script, change)
			start(t, cli, id)
			f := newTail(t, 10_000)
			for range 3 {
				f.run(cli, id)
				f.has("ready")
				f.end()
			}
			f.run(cli, id)
			if err := cli.ContainerRestart(t.Context(), id, patience); err != nil {
				t.Fatal(err)
			}
			until(t, "the second run is read", func() bool { return strings.Count(strings.Join(f.texts(Stdout), "|"), "ready") == 2 })
			if err := cli.ContainerStop(t.Context(), id, patience); err != nil {
				t.Fatal(err)
			}
			until(t, "the stop is told", func() bool { return len(f.texts(Meta)) == 3 })
			if err := cli.ContainerRemove(t.Context(), id, container.RemoveOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := f.wait(); err != nil {
				t.Error(err)
			}
			out := f.texts(Stdout)
			for i := range out { // where it cuts a terminal's line after a few bytes, its stamp cannot be told from text
				out[i] = stray.ReplaceAllString(out[i], "")
			}
			if len(out) != 2*504 || len(out[0]) != 90000 || out[501] != `bad \xFF byte` || out[502] != "" || len(out[504]) != 90000 {
				t.Errorf("%d lines, want %d; the first has %d bytes", len(out), 2*504, len(out[0]))
			}
			counted(t, out)
			if diff := cmp.Diff([]string{"container stopped (exit 5)", "container started", "container stopped (exit 5)", "container removed"}, f.texts(Meta)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
