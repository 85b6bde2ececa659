package enginetest

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
)

// Sh runs a shell script in a running container, and fails the test when it fails.
func (e *Engine) Sh(t testing.TB, id, script string) {
	t.Helper()
	made, err := e.Client.ContainerExecCreate(t.Context(), id, container.ExecOptions{Cmd: []string{"sh", "-c", script}, AttachStdout: true, AttachStderr: true})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := e.Client.ContainerExecAttach(t.Context(), made.ID, container.ExecAttachOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	said, err := io.ReadAll(stream.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if ended, err := e.Client.ContainerExecInspect(t.Context(), made.ID); err != nil || ended.ExitCode != 0 {
		t.Fatalf("%s: %v, %q", script, err, said)
	}
}

// Variant makes a sandbox image that says it holds another version of opencode, and has that program in its place where one is
// given. It is removed at the end of the test.
func (e *Engine) Variant(t testing.TB, base, ref, version, program string) {
	t.Helper()
	ctx := t.Context()
	made, err := e.Client.ContainerCreate(ctx, &container.Config{Image: base, Entrypoint: []string{"true"}}, nil, nil, nil, Name(t))
	if err != nil {
		t.Fatal(err)
	}
	if program != "" {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		if err := w.WriteHeader(&tar.Header{Name: "usr/local/bin/opencode", Mode: 0o755, Size: int64(len(program))}); err != nil {
			t.Fatal(err)
		}
		_, err := w.Write([]byte(program))
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		if err := e.Client.CopyToContainer(ctx, made.ID, "/", &archive, container.CopyToContainerOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Client.ContainerCommit(ctx, made.ID, container.CommitOptions{
		Reference: ref, Config: &container.Config{}, Changes: []string{"LABEL app.berth.opencode=" + version, `ENTRYPOINT ["tini", "-s", "--", "opencode"]`},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = e.Client.ImageRemove(context.Background(), ref, image.RemoveOptions{Force: true}) // what it is still used by goes later, and takes it along
	})
}
