// Command http serves package room until it is interrupted:
//
//	go run ./examples/http -addr localhost:8080
//	curl -d '{"user":"Ann"}' localhost:8080/users
//	curl localhost:8080/seats/1
//	curl -N localhost:8080/users
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"go.uber.org/zap"

	"github.com/digcqrs/digcqrs/container"
	"github.com/digcqrs/digcqrs/examples/http/room"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr string) error {
	logger, err := zap.NewProduction()
	if err != nil {
		return err
	}
	c := container.New()
	if err := room.Provide(c, logger); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("listening on", listener.Addr())
	return room.Run(ctx, c, listener)
}
