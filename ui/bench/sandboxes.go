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

// answers is a server in the place of opencode that says of itself, whatever it is asked, that it is healthy.
const answers = `my $s = IO::Socket::INET->new(LocalPort => 4096, Listen => 9, ReuseAddr => 1) or die;
while (my $c = $s->accept) {
	while (($_ = <$c>) && /\S/) {}
	my $b = '{"healthy":true,"version":"1.0.0"}';
	print $c "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " . length($b) . "\r\n\r\n$b";
	close $c;
}`

// makeSandbox makes a container that Berth takes for a sandbox, and that runs a command.
func makeSandbox(i int, command ...string) error { return makeContainer(i, nil, command...) }

func makeContainer(i int, flags []string, command ...string) error {
	args := append([]string{
		"create", "--name", containerName(i), "--label", "app.berth.sandbox=" + sandboxName(i), "--label", "app.berth.schema=1",
		"--label", `app.berth.spec={"name":"` + sandboxName(i) + `"}`, "--init",
	}, flags...)
	return docker(append(append(args, baseImage), command...)...)
}

// makeSandboxes makes so many sandboxes, and gives how to remove them: such as run and answer that they are healthy, or such as
// were only created, which would sleep.
func makeSandboxes(n int, running bool) (remove func(), err error) {
	one := func(i int) error { return makeSandbox(i, "sleep", "1d") }
	if running {
		one = func(i int) error {
			return makeContainer(i, []string{"--publish", "127.0.0.1::4096"}, "perl", "-MIO::Socket::INET", "-e", answers)
		}
	}
	names := make([]string, n)
	next := make(chan int)
	failed := make(chan error, n)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range next {
				if err := one(i); err != nil {
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
