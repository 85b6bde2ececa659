package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/stdcopy"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/task"
	"berth/engine/volume"
)

// How a start is watched. Usually opencode is healthy 2.4 to 3.3 s after it (measured).
const (
	probePause = 250 * time.Millisecond
	lastLines  = 20       // of the log, in the error of a start that failed
	lastBytes  = 64 << 10 // of them
)

// healthLimit is how long a start may take. A variable, so that a test need not wait for it.
var healthLimit = 60 * time.Second

// Probe asks a sandbox's opencode how it is; *agent.Client is one.
type Probe interface {
	Health(ctx context.Context) (version string, err error)
	CheckConfig(ctx context.Context) error
}

// WaitHealthy waits until a started sandbox answers that it is healthy and that its configuration can be read, and gives
// opencode's version. A container that ends meanwhile is stopped for good, so that its restart policy does not repeat it
// for ever, and reported with its exit code, whether memory ran out, and the last lines it wrote.
func WaitHealthy(ctx context.Context, cli *client.Client, t *task.Task, started *Started, probe Probe) (string, error) {
	name, began := started.Spec.Name, time.Now()
	step := healthStep(t)
	step.Begin("waiting")
	waitCtx, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	ended := awaitEnd(waitCtx, cli, started.ID)
	tick := time.NewTicker(probePause)
	defer tick.Stop()
	var last error
	for {
		version, err := probe.Health(waitCtx)
		if err == nil {
			switch err = probe.CheckConfig(waitCtx); {
			case err == nil:
				step.Done(fmt.Sprintf("opencode %s is healthy", version))
				return version, nil
			case errors.Is(err, fault.BrokenConfig):
				step.Fail("its configuration is broken")
				return version, err
			}
		}
		if errors.Is(err, fault.Unauthorized) {
			return "", err
		}
		if waitCtx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case end := <-ended:
			switch {
			case end.err == nil:
				return "", earlyEnd(ctx, cli, started, end.code, time.Since(began))
			case waitCtx.Err() == nil && ctx.Err() == nil:
				return "", fault.From("watch the start of "+name, end.err)
			}
			return "", neverHealthy(ctx, cli, started, last)
		case <-tick.C:
		}
	}
}

// end is how a container ended, or why that is not known.
type end struct {
	code int
	err  error
}

// awaitEnd tells how a container ends, at once when it has already. It ends with ctx.
func awaitEnd(ctx context.Context, cli *client.Client, id string) <-chan end {
	one := make(chan end, 1) // the client's own channel would hold its goroutine until somebody reads
	ended, failed := cli.ContainerWait(ctx, id, container.WaitConditionNextExit)
	// The end that came before that was asked. (To wait for "not running" would do both, but tells the code 0 of a container
	// that is started again meanwhile.)
	if got, err := cli.ContainerInspect(ctx, id); err == nil && over(got.State.Status) {
		one <- end{code: got.State.ExitCode}
		go func() {
			select {
			case <-ended:
			case <-failed: //nolint:errcheck // nobody asks any more
			}
		}()
		return one
	}
	go func() {
		select {
		case e := <-ended:
			one <- end{code: int(e.StatusCode)}
		case err := <-failed:
			one <- end{err: err}
		}
	}()
	return one
}

// over reports that a container has ended, by the engine's word for it. "stopped" is Podman's, which it says until it has
// cleaned up after the container.
func over(status string) bool { return status == "exited" || status == "dead" || status == "stopped" }

// earlyEnd says how a container ended that should have become healthy.
func earlyEnd(ctx context.Context, cli *client.Client, started *Started, code int, after time.Duration) error {
	facts := Facts{ExitCode: code}
	if got, err := cli.ContainerInspect(ctx, started.ID); err == nil {
		facts.OOMKilled, facts.Error = got.State.OOMKilled, got.State.Error
		if code == 0 && !got.HostConfig.RestartPolicy.IsNone() {
			facts.ExitCode = loopCode(ctx, cli, started.ID)
		}
	}
	endLoop(ctx, cli, started.ID)
	e := &fault.Error{
		Kind: fault.Unhealthy, Op: "start sandbox " + started.Spec.Name, Action: fault.ShowLog,
		Why:    fmt.Sprintf("opencode ended with %s after %.1f s", ExitWords(facts), after.Seconds()),
		Remedy: "Read its last lines, mend the cause and start it again.",
		Log:    tail(ctx, cli, started.ID, started.Inspect.Config.Tty),
	}
	text := strings.Join(e.Log, "\n")
	config := brokenConfig.FindString(text)
	switch {
	case config != "":
		e.Kind = fault.BrokenConfig
		e.Why = fmt.Sprintf("opencode ended with %s, for its configuration is broken: %s", ExitWords(facts), config)
		e.Remedy = "Mend that file in the sandbox's volume " + volume.Name(agent.Config, started.Spec.Name) + ", then start it again."
	case facts.OOMKilled:
		e.Remedy = "Give the sandbox more memory; opencode needs 512 MiB at least, and more for what it runs."
	case facts.ExitCode == 137: // Podman 4.3 says of no container that memory was the reason
		e.Remedy = "Something killed it. Not every engine says when that was for lack of memory: give the sandbox more, and start it again."
	case strings.Contains(text, "EACCES"), strings.Contains(text, "EROFS"), strings.Contains(text, "permission denied"):
		e.Kind, e.Action = fault.NotWritable, fault.RepairOwnership
		e.Remedy = "A volume or folder it writes to belongs to another user. Give it to the user 1000, then start it again."
	}
	return e
}

// endLoop stops a container that the engine starts again and again. Podman 4.3 takes no notice of a stop between two runs, in
// which it calls it "stopped", so it is asked until the container has ended for good. What fails is told by who looks next.
func endLoop(ctx context.Context, cli *client.Client, id string) {
	no := 0
	tick := time.NewTicker(probePause / 5)
	defer tick.Stop()
	for range 100 {
		_ = cli.ContainerStop(ctx, id, container.StopOptions{Timeout: &no})
		if got, err := cli.ContainerInspect(ctx, id); err != nil || got.State.Status == "exited" || got.State.Status == "dead" {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// loopCode is the code that a container ends with which the engine starts again and again. The wait for its end may tell 0 of
// one that was started again before the engine came to answer (seen on Docker 20.10 under load).
func loopCode(ctx context.Context, cli *client.Client, id string) int {
	tick := time.NewTicker(probePause / 5)
	defer tick.Stop()
	for range 60 {
		got, err := cli.ContainerInspect(ctx, id)
		if err != nil {
			return 0
		}
		if s := got.State; s.ExitCode != 0 || over(s.Status) {
			return s.ExitCode
		}
		select {
		case <-ctx.Done():
			return 0
		case <-tick.C:
		}
	}
	return 0
}

// brokenConfig is what opencode says of its own configuration before it ends (seen with 1.18.33); one of a project leaves it
// running, and is found by CheckConfig.
var brokenConfig = regexp.MustCompile(`Config file at \S+ is not valid[^\n(]*`)

// neverHealthy is a container that runs and did not answer in time.
func neverHealthy(ctx context.Context, cli *client.Client, started *Started, last error) error {
	why := fmt.Sprintf("opencode runs and was not healthy within %v", healthLimit)
	if last != nil {
		why += ": " + fault.From("", last).Cause()
	}
	return &fault.Error{
		Kind: fault.Unhealthy, Op: "start sandbox " + started.Spec.Name, Why: why, Err: last, Action: fault.ShowLog,
		Remedy: "It goes on running; look at its log, or restart it.",
		Log:    tail(ctx, cli, started.ID, started.Inspect.Config.Tty),
	}
}

// tail reads the last lines of a container's log; what cannot be read is left out, for it only explains another failure.
func tail(ctx context.Context, cli *client.Client, id string, tty bool) []string {
	stream, err := cli.ContainerLogs(ctx, id, container.LogsOptions{ShowStdout: true, ShowStderr: true, Tail: fmt.Sprint(lastLines)})
	if err != nil {
		return nil
	}
	defer func() { _ = stream.Close() }()
	var text bytes.Buffer
	if tty {
		_, err = io.Copy(&text, io.LimitReader(stream, lastBytes))
	} else {
		_, err = stdcopy.StdCopy(&text, &text, io.LimitReader(stream, lastBytes))
	}
	if err != nil && text.Len() == 0 {
		return nil
	}
	return strings.Split(strings.TrimRight(strings.ToValidUTF8(text.String(), "\uFFFD"), "\r\n"), "\n")
}
