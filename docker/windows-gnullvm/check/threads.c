#include <pthread.h>
#include <stdio.h>
#include <time.h>

static _Thread_local int own = 40;

static void *add(void *total) {
    struct timespec now;
    own += 2;
    *(int *)total = clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? own : 0;
    return NULL;
}

int main(void) {
    pthread_t thread;
    int total = 0;
    if (pthread_create(&thread, NULL, add, &total) != 0 || pthread_join(thread, NULL) != 0 || own != 40)
        return 1;
    printf("threads %d\n", total);
    return 0;
}
