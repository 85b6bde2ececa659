// Package logs reads the log of a container and holds it for whoever wants to see it.
//
// A Follower reads one sandbox's log from the engine into a Ring: through restarts of the engine, of the container and
// of Berth's connection, with no line lost and none twice. A Ring holds the newest lines, bounded in lines and bytes,
// and is read by cursor. What lines look like on screen, and what control sequences in them mean, is left to the window.
package logs
