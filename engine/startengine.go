package engine

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"

	"berth/engine/connect"
	"berth/engine/fault"
	"berth/engine/task"
)

// comesUp is how long a daemon has to answer after it was started. Docker Desktop boots a whole machine first.
const comesUp = 2 * time.Minute

// StartEngine runs the command the diagnosis names for starting the daemon, as a task, and waits until it answers.
func (e *Engine) StartEngine() task.ID {
	opts := task.Options{Kind: task.Prepare, Title: "Starting the engine", Key: "start engine"}
	return e.tasks.Go(opts, func(ctx context.Context, t *task.Task) error {
		status := e.super.Status()
		remedy, ok := connect.StartCommand(status.Err)
		if !ok {
			return fault.New(fault.BadInput, "start the engine", "there is no command that would start it")
		}
		argv, ok := remedy.Command(e.opts.Where)
		if !ok {
			return &fault.Error{
				Kind: fault.Permission, Op: "start the engine", Why: "this needs the administrator, and no program that asks for the password is installed",
				Remedy: "Run the command in a terminal.", Command: status.Err.Command,
			}
		}
		if err := e.runRemedy(ctx, t, argv, status.Err.Command); err != nil {
			return err
		}
		return e.awaitAnswer(ctx, t)
	}).ID()
}

// runRemedy runs a program to its end, its output in the task's log.
func (e *Engine) runRemedy(ctx context.Context, t *task.Task, argv []string, command string) error {
	step := t.Step("run", strings.Join(argv, " "))
	step.Begin("running")
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // of a table of Berth's own, and no shell reads it
	cmd.WaitDelay = 2 * time.Second                       // a daemon it leaves behind may keep the pipe open
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	read := make(chan []string, 1)
	go func() {
		var lines []string
		for scan := bufio.NewScanner(r); scan.Scan(); {
			step.Log(scan.Text())
			lines = append(lines, scan.Text())
		}
		_, _ = io.Copy(io.Discard, r) // a line beyond the scanner's bound must not block the program
		read <- lines
	}()
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) { // it ended well, and what it left behind holds its output
		err = nil
	}
	_ = w.Close()
	lines := <-read
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return &fault.Error{
			Kind: fault.NotRunning, Op: "start the engine", Why: strings.Join(argv, " ") + ": " + err.Error(), Err: err,
			Remedy: "Run the command in a terminal and read what it says.", Command: command, Log: lines, Action: fault.Retry,
		}
	}
	step.Done("done")
	return nil
}

// awaitAnswer waits until a daemon that was started is connected.
func (e *Engine) awaitAnswer(ctx context.Context, t *task.Task) error {
	step := t.Step("answer", "Wait for its answer")
	step.Begin("waiting")
	e.super.LookAgain()
	limited, cancel := context.WithTimeoutCause(ctx, comesUp, fault.New(fault.Timeout, "start the engine", "it did not answer"))
	defer cancel()
	if _, err := e.awaitDaemon(limited, t); err != nil {
		return err
	}
	step.Done("connected")
	return nil
}
