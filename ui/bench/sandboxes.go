package main

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
)

const baseImage = "debian:bookworm-slim"

// sandboxName is the name of one of those that makeSandboxes makes, and containerName that of its container.
func sandboxName(i int) string   { return fmt.Sprintf("bench-%03d", i) }
func containerName(i int) string { return "berth-" + sandboxName(i) }

// docker runs Docker's own client: the window's side of Berth knows no other way to an engine.
func docker(args ...string) error {
	if out, err := exec.Command("docker", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("docker %s: %w: %s", args[0], err, out)
	}
	return nil
}

// makeSandbox makes a container that Berth takes for a sandbox, and that runs a command.
func makeSandbox(i int, command ...string) error {
	return docker(append([]string{
		"create", "--name", containerName(i), "--label", "app.berth.sandbox=" + sandboxName(i), "--label", "app.berth.schema=1",
		"--label", `app.berth.spec={"name":"` + sandboxName(i) + `"}`, "--init", baseImage,
	}, command...)...)
}

// makeSandboxes makes so many sandboxes that sleep, running or only created, and gives how to remove them.
func makeSandboxes(n int, running bool) (remove func(), err error) {
	names := make([]string, n)
	next := make(chan int)
	failed := make(chan error, n)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range next {
				if err := makeSandbox(i, "sleep", "1d"); err != nil {
					failed <- err
				}
			}
		})
	}
	for i := range names {
		names[i] = containerName(i)
		next <- i
	}
	close(next)
	workers.Wait()
	close(failed)
	remove = func() {
		if err := docker(append([]string{"rm", "--force"}, names...)...); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}
	err = <-failed
	if err == nil && running {
		err = docker(append([]string{"start"}, names...)...)
	}
	if err != nil {
		remove()
	}
	return remove, err
}
