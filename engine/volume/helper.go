package volume

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/engine/fault"
)

// The labels of a helper. By them a Berth that connects finds what one that was killed left behind.
const (
	// LabelHelper marks a short helper container with what it works for.
	LabelHelper = "app.berth.helper"
	// LabelPaused on a helper is the id of the container that Berth paused for as long as the helper works.
	LabelPaused = "app.berth.paused"
)

// anyone is what a helper works for that works for no sandbox, or for nobody who would hold one.
const anyone = "any"

// createPatience is how long an engine may take to make a helper, also after a cancel.
const createPatience = 30 * time.Second

// helperLife is how long a helper that works for nobody may be about.
const helperLife = time.Hour

// unstarted is how long it may be there before it is started. One whose Berth died just then ends by nothing, and the volumes that it
// mounts cannot be deleted.
const unstarted = 2 * time.Minute

// mountRoot is where helpers see volumes.
const mountRoot = "/berth/"

// helper is a short container that works on volumes: of an image that is on the engine anyway, mostly as root, with no network,
// none of its own rights but those named, and seeing nothing but the mounts.
type helper struct {
	For     string            // the sandbox it works for; its label
	Name    string            // "" lets the engine choose
	Labels  map[string]string // beside LabelHelper
	Pause   string            // id of the container that is paused while it works
	User    string            // "uid:gid"; "" is root
	Image   string
	Mounts  []mount.Mount
	Command []string
	Caps    []string
	Memory  int64     // bytes it may use, where that is more than helperMemory
	Stdin   io.Reader // nil for none
	Stdout  io.Writer // nil discards
}

// helperError is a helper that ended badly.
type helperError struct {
	code   int
	stderr string
}

func (e *helperError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("the helper container ended with %d", e.code)
	}
	return fmt.Sprintf("the helper container ended with %d: %s", e.code, tellingLine(e.stderr))
}

// tellingLine is the line that says why: that of a full disk, else the first. The last one of tar says only that there was an
// error.
func tellingLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for _, line := range lines {
		if strings.Contains(line, "No space left on device") {
			return line
		}
	}
	return lines[0]
}

// maxStderr bounds what is kept of what a helper complains about.
const maxStderr = 64 << 10

// create makes the helper's container.
func (h helper) create(ctx context.Context, cli *client.Client) (id string, err error) {
	labels := map[string]string{LabelHelper: h.For}
	maps.Copy(labels, h.Labels)
	if h.Pause != "" {
		labels[LabelPaused] = h.Pause
	}
	processes, memory := int64(helperProcesses), max(h.Memory, helperMemory)
	made, err := cli.ContainerCreate(ctx,
		&container.Config{
			Image: h.Image, User: cmp.Or(h.User, "0:0"), Entrypoint: h.Command[:1], Cmd: h.Command[1:], Labels: labels, WorkingDir: "/",
			AttachStdin: h.Stdin != nil, OpenStdin: h.Stdin != nil, StdinOnce: h.Stdin != nil, AttachStdout: true, AttachStderr: true,
			Env: []string{"LC_ALL=C.UTF-8"},
		},
		&container.HostConfig{
			Mounts: h.Mounts, NetworkMode: "none", CapDrop: []string{"ALL"}, CapAdd: h.Caps, SecurityOpt: []string{"no-new-privileges"},
			LogConfig: container.LogConfig{Type: "none"}, // what passes through is data, and much of it
			Resources: container.Resources{Memory: memory, MemorySwap: memory, PidsLimit: &processes},
		}, nil, nil, h.Name)
	return made.ID, err
}

// What a helper may use. Its programs are those of the sandbox's image, which may be anybody's: as in the sandbox, none of them
// may take the whole computer. tar's memory grows with the hard links of a volume only, some hundred bytes each.
const (
	helperMemory    = 1 << 30 // bytes, without swap
	helperProcesses = 64
)

// with makes the helper's container, pauses what is to be paused, and calls do. Also after a cancel nothing stays behind. The
// container is there before the pause and goes after it, so that what was paused is never forgotten: see Sweep.
func (h helper) with(ctx context.Context, cli *client.Client, do func(id string) error) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	after := context.WithoutCancel(ctx)
	// Not ended by ctx: the engine would make it all the same, and its mounts would keep the volumes in use.
	creating, made := context.WithTimeout(after, createPatience)
	id, err := h.create(creating, cli)
	made()
	if err != nil {
		return err
	}
	paused, err := h.pause(ctx, cli)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil && paused {
		// At once with the end of ctx: what takes what is read may hang, and with it do.
		over := make(chan struct{})
		watching := context.AfterFunc(ctx, func() {
			defer close(over)
			_ = cli.ContainerUnpause(after, h.Pause) // what went wrong shows below
		})
		err = do(id)
		if !watching() {
			<-over
		}
	} else if err == nil {
		err = do(id)
	}
	if paused {
		if back := cli.ContainerUnpause(after, h.Pause); back != nil && mayBePaused(after, cli, h.Pause) {
			return errors.Join(err, back) // the helper stays, and says so
		}
	}
	discard(after, cli, id)
	return err
}

// discard removes a helper. Podman refuses it now and then while the helper is just ending, so it is asked a few times; what
// stays all the same, Sweep finds.
func discard(ctx context.Context, cli *client.Client, id string) {
	for range 5 {
		err := RemoveContainer(ctx, cli, id)
		if !errdefs.IsConflict(err) && !errdefs.IsInternal(err) {
			return // gone, or the engine is
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// pause pauses what is to be paused, and reports whether it has to be let go on after the work, which may be so beside an error. One that
// somebody else paused stays paused, and theirs to end.
func (h helper) pause(ctx context.Context, cli *client.Client) (ours bool, err error) {
	after := context.WithoutCancel(ctx) // not ended by ctx: the engine would finish it all the same, and nobody would know
	if h.Pause == "" || isPaused(after, cli, h.Pause) {
		return false, nil
	}
	first, err := pause(ctx, cli, h.Pause)
	switch {
	case err == nil:
		return true, nil
	case isPaused(after, cli, h.Pause):
		// By what was asked for, where only the answer was lost; of one that somebody paused a moment before, Docker says so.
		return !errdefs.IsConflict(first), nil
	case mayBePaused(after, cli, h.Pause):
		return true, err
	case hasEnded(after, cli, h.Pause):
		// Not read all the same: its restart policy may start it in the middle of that.
		return false, &fault.Error{Kind: fault.NotRunning, Why: "the sandbox does not run", Remedy: "Try again later.", Action: fault.Retry, Err: err}
	}
	return false, err
}

// pause pauses a container, in several tries, and gives the first answer too: where many processes come and go, runc on cgroup v1 gives
// up a freeze ("unable to freeze", seen with 1.3.6) and lets all go on. The end of ctx only ends the tries.
func pause(ctx context.Context, cli *client.Client, id string) (first, err error) {
	for n := range 5 {
		err = cli.ContainerPause(context.WithoutCancel(ctx), id)
		if n == 0 {
			first = err
		}
		if err == nil || !errdefs.IsInternal(err) || ctx.Err() != nil {
			break
		}
	}
	return first, err
}

// mayBePaused reports whether a container is paused, or cannot be looked at.
func mayBePaused(ctx context.Context, cli *client.Client, id string) bool {
	got, err := cli.ContainerInspect(ctx, id)
	return err == nil && got.State.Paused || err != nil && !errdefs.IsNotFound(err)
}

func isPaused(ctx context.Context, cli *client.Client, id string) bool {
	got, err := cli.ContainerInspect(ctx, id)
	return err == nil && got.State.Paused
}

// run runs the helper to its end and gives what it wrote on its standard error. An end other than 0 is a *helperError.
func (h helper) run(ctx context.Context, cli *client.Client) (stderr string, err error) {
	err = h.with(ctx, cli, func(id string) error {
		stderr, err = h.runIn(ctx, cli, id)
		return err
	})
	return stderr, err
}

// runIn is run in a container that create made.
func (h helper) runIn(ctx context.Context, cli *client.Client, id string) (string, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stream, err := cli.ContainerAttach(ctx, id, container.AttachOptions{Stream: true, Stdin: h.Stdin != nil, Stdout: true, Stderr: true})
	if err != nil {
		return "", err
	}
	defer stream.Close()
	closed := context.AfterFunc(ctx, stream.Close) // an attached stream does not hear the context by itself
	defer closed()

	ended, failed := cli.ContainerWait(ctx, id, container.WaitConditionNextExit)
	if err := cli.ContainerStart(ctx, id, container.StartOptions{}); err != nil {
		return "", err
	}
	fed := make(chan error, 1)
	source := &ownError{from: h.Stdin}
	go func() { fed <- h.feed(stream, source) }()
	out := h.Stdout
	if out == nil {
		out = io.Discard
	}
	complaints := &tailBuffer{limit: maxStderr}
	_, copyErr := stdcopy.StdCopy(&stopWriter{out, cancel}, complaints, stream.Reader)
	if copyErr != nil {
		cancel(copyErr)
	}
	code := -1
	select {
	case end := <-ended:
		code = int(end.StatusCode)
	case err = <-failed:
	}
	if ctx.Err() != nil {
		stream.Close()
		<-fed //nolint:errcheck // the context's end is the cause
		return complaints.String(), context.Cause(ctx)
	}
	stream.Close()
	feedErr := <-fed
	switch {
	case err != nil:
		return complaints.String(), err
	case source.err != nil: // then what the helper says only follows from it
		return complaints.String(), source.err
	case code != 0:
		return complaints.String(), &helperError{code, complaints.String()}
	case feedErr != nil:
		return complaints.String(), feedErr
	}
	return complaints.String(), nil
}

// feed writes the standard input and says that it ends. That the helper ended before is told by its exit code.
func (h helper) feed(stream types.HijackedResponse, source *ownError) error {
	if h.Stdin == nil {
		return nil
	}
	_, err := io.Copy(stream.Conn, source)
	if closing := stream.CloseWrite(); err == nil && closing != nil {
		err = closing
	}
	return err
}

// ownError remembers what went wrong with what is read, and not with where it goes.
type ownError struct {
	from io.Reader
	err  error
}

func (r *ownError) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// stopWriter ends the whole when what is written cannot be taken: a full disk is the cause to tell, not the broken stream.
type stopWriter struct {
	io.Writer
	stop context.CancelCauseFunc
}

func (w *stopWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		w.stop(err)
	}
	return n, err
}

// tailBuffer keeps the last bytes that are written to it.
type tailBuffer struct {
	bytes.Buffer
	limit int
}

func (b *tailBuffer) Write(p []byte) (int, error) {
	n := len(p)
	if len(p) > b.limit {
		p = p[len(p)-b.limit:]
	}
	if over := b.Len() + len(p) - b.limit; over > 0 {
		b.Next(over)
	}
	b.Buffer.Write(p)
	return n, nil
}

// exitCode is the code a helper ended with; -1 when the error is of another sort.
func exitCode(err error) int {
	var ended *helperError
	if errors.As(err, &ended) {
		return ended.code
	}
	return -1
}

// missing reports that the helper's program is not in its image.
func missing(err error) bool {
	if code := exitCode(err); code == 126 || code == 127 {
		return true
	}
	return err != nil && strings.Contains(err.Error(), "executable file") // the start itself fails, on Docker with 400 or 500
}

// mounted is a volume or folder as a helper sees it, at mountRoot + at.
func mounted(kind mount.Type, source, at string, readOnly bool) mount.Mount {
	return mount.Mount{Type: kind, Source: source, Target: mountRoot + at, ReadOnly: readOnly}
}
