#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

int from_static(int);
int from_shared(int);

static atomic_long sum;

static void *add(void *argument) {
    for (int i = 0; i < 1000; i++)
        atomic_fetch_add(&sum, 1);
    return argument;
}

int main(int argc, char **argv) {
    pthread_t threads[4];
    (void)argv;
    for (int i = 0; i < 4; i++)
        if (pthread_create(&threads[i], NULL, add, NULL) != 0)
            return 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    if (sum != 4000)
        return 2;
    printf("C %d\n", from_static(20) + from_shared((int)pow(argc * 4.0, 2.0) + 6) - 2 * argc + 2);
    return 0;
}
