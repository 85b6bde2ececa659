package image

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config/configfile"
	clitypes "github.com/docker/cli/cli/config/types"
	bk "github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/sync/errgroup"
)

// errNotOffered says that the engine has no BuildKit behind /grpc.
var errNotOffered = errors.New("the engine does not offer BuildKit")

func isNotOffered(err error) bool { return errors.Is(err, errNotOffered) }

// buildKit builds with the engine's BuildKit, over a connection taken from the engine's own API.
func (b *builder) buildKit(ctx context.Context) error {
	probe, err := b.cli.DialHijack(ctx, "/grpc", "h2c", nil)
	if err != nil {
		if errdefs.IsNotFound(err) || strings.Contains(err.Error(), "404") {
			return errNotOffered
		}
		return cause(ctx, err)
	}
	_ = probe.Close() // only its status was of interest

	conn, err := bk.New(ctx, "",
		bk.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return b.cli.DialHijack(ctx, "/grpc", "h2c", nil)
		}),
		bk.WithSessionDialer(func(ctx context.Context, proto string, meta map[string][]string) (net.Conn, error) {
			return b.cli.DialHijack(ctx, "/session", proto, meta)
		}))
	if err != nil {
		return cause(ctx, err)
	}
	defer conn.Close() //nolint:errcheck // the build is over

	vs := newVertices(b.t, b.plan)
	statuses := make(chan *bk.SolveStatus)
	var group errgroup.Group
	group.Go(func() error {
		for status := range statuses { // closed by Solve
			b.touch()
			vs.take(status)
		}
		return nil
	})
	_, err = conn.Solve(ctx, nil, b.solveOpt(ctx), statuses)
	_ = group.Wait() // fails never
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return b.failure(vs.failed(), err)
	}
	vs.finish()
	return nil
}

func (b *builder) solveOpt(ctx context.Context) bk.SolveOpt {
	attrs := map[string]string{"filename": "Dockerfile"}
	for name, value := range b.opts.args() {
		attrs["build-arg:"+name] = value
	}
	if b.opts.NoCache {
		attrs["no-cache"] = ""
	}
	tree := b.opts.files()
	return bk.SolveOpt{
		Frontend:      "dockerfile.v0",
		FrontendAttrs: attrs,
		LocalMounts:   map[string]fsutil.FS{"context": tree, "dockerfile": tree},
		Exports:       []bk.ExportEntry{{Type: "moby", Attrs: map[string]string{"name": b.opts.Tag}}},
		Session: []session.Attachable{authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{
			ConfigFile: b.signIns(ctx),
		})},
	}
}

// signIns holds the sign-in to the base image's registry and no helper: BuildKit's own look-up would wait for one that
// hangs.
func (b *builder) signIns(ctx context.Context) *configfile.ConfigFile {
	file := configfile.New("")
	key, found := b.baseSignIn(ctx)
	if !found.anonymous() {
		file.AuthConfigs[key] = clitypes.AuthConfig{
			Username: found.auth.Username, Password: found.auth.Password, ServerAddress: key,
			IdentityToken: found.auth.IdentityToken, RegistryToken: found.auth.RegistryToken,
		}
	}
	return file
}

// baseSignIn looks up the sign-in to the registry of the base image and its key in Docker's config.
func (b *builder) baseSignIn(ctx context.Context) (string, credential) {
	named, bad := parse(b.opts.BaseImage)
	if bad != nil {
		return "", credential{}
	}
	host := reference.Domain(named)
	found := lookUp(ctx, b.opts.DockerConfig, host)
	if found.trouble != nil {
		b.t.Log(found.trouble.Error() + "; going on without signing in")
	}
	return configKey(host), found
}
